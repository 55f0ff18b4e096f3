variable "user" {
  type = string
}

resource "aws_ecs_task_definition" "this" {
  family       = "service"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = var.user },
  ])
}
