terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "user" {
  type = string
}

resource "aws_ecs_task_definition" "task" {
  family                = "task-${var.user}"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "task", image = "task", user = var.user }])
}
