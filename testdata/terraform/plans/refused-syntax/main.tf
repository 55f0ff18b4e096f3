# An expression that is not HCL, in a block that a task definition needs.
locals {
  user = "1000" +
}

resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = local.user }])
}
