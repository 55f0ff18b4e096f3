variable "name" {
  type = string
}

variable "user" {
  type    = string
  default = null
}

locals {
  container = {
    name  = var.name
    image = "service/${var.name}:1"
    user  = var.user
  }
}

resource "aws_ecs_task_definition" "this" {
  family                = "svc-${var.name}"
  network_mode          = "host"
  container_definitions = jsonencode([local.container])
}

output "container" {
  value = local.container
}

output "family" {
  value = aws_ecs_task_definition.this.family
}

output "mode" {
  value = aws_ecs_task_definition.this.network_mode
}
