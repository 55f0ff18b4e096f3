# An override of something that is not there.
resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
}
