# Locals that need each other.
locals {
  a = local.b
  b = "${local.a}!"
}

resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000", command = [local.a] }])
}
