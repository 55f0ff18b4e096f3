# A value for no variable is told: it may be a misspelt one.
variable "user" {
  default = "1000"
}

resource "aws_ecs_task_definition" "app" { # expect: pass host-network-root-user
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = var.user },
  ])
}
