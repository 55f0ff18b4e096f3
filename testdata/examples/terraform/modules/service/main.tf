variable "name" {
  type = string
}

variable "network_mode" {
  type    = string
  default = "host"
}

variable "containers" {
  type = list(object({
    name  = string
    image = string
    user  = optional(string)
  }))
}

resource "aws_ecs_task_definition" "this" {
  family       = var.name
  network_mode = var.network_mode

  container_definitions = jsonencode([
    for container in var.containers : merge({ memory = 256, essential = true }, container)
  ])
}
