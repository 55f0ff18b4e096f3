# The provider looks at constants of what is not instantiated, too.
resource "aws_ecs_task_definition" "none" {
  count                 = 0
  family                = "none"
  network_mode          = "host"
  container_definitions = "not JSON"
}
