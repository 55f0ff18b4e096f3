variable "user" {
  type    = string
  default = "1000"
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "app", image = "app:1", user = var.user },
  ])
}
