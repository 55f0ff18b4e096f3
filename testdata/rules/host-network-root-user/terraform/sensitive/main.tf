# What is marked sensitive is judged and not printed.
variable "user" {
  type      = string
  default   = "0" # expect: fail host-network-root-user
  sensitive = true
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = var.user },
  ])
}
