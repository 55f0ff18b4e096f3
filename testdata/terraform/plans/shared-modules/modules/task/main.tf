variable "name" {
  type = string
}

variable "user" {
  type    = string
  default = "nobody"
}

locals {
  path = path.module
}

resource "aws_ecs_task_definition" "this" {
  family       = var.name
  network_mode = "host"
  container_definitions = templatefile("${path.module}/task.json", {
    name = var.name
    user = var.user
  })
  tags = { module = path.module, root = path.root }
}
