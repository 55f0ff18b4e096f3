# A JSON file that is read as it is; a dollar sign in it means nothing.
resource "aws_ecs_task_definition" "app" {
  family                = "app"
  network_mode          = "host"
  container_definitions = file("${path.module}/containers.json")
}
