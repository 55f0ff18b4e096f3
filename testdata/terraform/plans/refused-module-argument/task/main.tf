variable "name" {}

variable "user" {
  default = "1000"
}

resource "aws_ecs_task_definition" "this" {
  family                = var.name
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = var.user }])
}
