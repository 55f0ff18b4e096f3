# Terraform refuses names that a module call has already, and types in quotes; the rest is judged.
variable "version" { # expect: problem refused `"version"`
  default = "1"
}

variable "user" {
  type    = "string" # expect: problem refused `"string"`
  default = 0        # expect: fail host-network-root-user evidence root
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"

  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = var.user },
  ])
}
