# A file that is not there.
resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = file("${path.module}/no.json")
}
