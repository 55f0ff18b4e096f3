variable "containers" {
  type    = any
  default = []
}

variable "overrides" {
  type = any
}

locals {
  merged = [for container in var.containers : merge({ essential = true }, container, lookup(var.overrides, container.name, {}))]
}

resource "aws_ecs_task_definition" "this" {
  family                = "merged"
  network_mode          = "host"
  container_definitions = jsonencode(local.merged)
}
