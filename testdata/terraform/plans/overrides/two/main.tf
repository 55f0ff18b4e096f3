variable "user" {}

resource "aws_ecs_task_definition" "two" {
  family                = "two"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "two", image = "two", user = var.user }])
}
