variable "user" {
  type = string
}

variable "network_mode" {
  type    = string
  default = "host"
}

resource "aws_ecs_task_definition" "this" {
  count        = 2
  family       = "app"
  network_mode = var.network_mode
  container_definitions = jsonencode([
    { name = "app", image = "app:1", user = var.user },
  ])
}
