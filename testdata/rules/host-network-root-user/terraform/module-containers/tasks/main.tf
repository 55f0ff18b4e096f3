variable "network_mode" {
  type = string
}

variable "containers" {
  type = any
}

resource "aws_ecs_task_definition" "this" {
  family       = "tasks"
  network_mode = var.network_mode
  container_definitions = jsonencode([
    for name, container in var.containers : merge({ name = name }, container)
  ])
}
