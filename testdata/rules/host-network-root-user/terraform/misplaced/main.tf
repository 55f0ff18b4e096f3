# Blocks that Terraform does not have, or not so, are told: a task definition may be meant.
resource "aws_ecs_task_definition" "web" {
  family       = "web"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "web", image = "app:1", user = local.user }, # expect: pass host-network-root-user
  ])
}

# expect: problem refused `resorce`
resorce "aws_ecs_task_definition" "worker" {
  family = "worker"
}

variable { # expect: problem refused `variable`
  default = 1
}

region = "eu-west-1" # expect: problem refused `region`

locals {
  user  = "1000"
  level = "info"
  level = "debug" # expect: problem refused `level`
}
