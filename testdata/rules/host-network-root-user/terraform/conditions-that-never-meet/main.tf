# Host mode and the root user need opposite answers: no world has both.
variable "prod" {
  type = bool
}

variable "environment" {
  type = string
}

resource "aws_ecs_task_definition" "boolean" { # expect: pass host-network-root-user
  family       = "boolean"
  network_mode = var.prod ? "host" : "awsvpc"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = var.prod ? "1000" : "root" }, # expect: pass host-network-root-user
  ])
}

resource "aws_ecs_task_definition" "equality" { # expect: pass host-network-root-user
  family       = "equality"
  network_mode = var.environment == "prod" ? "host" : "awsvpc"
  container_definitions = jsonencode([
    { name = "b", image = "app:1", user = var.environment == "dev" ? "root" : "1000" }, # expect: pass host-network-root-user
  ])
}
