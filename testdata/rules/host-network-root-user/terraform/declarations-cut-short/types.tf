resource "aws_ecs_task_defintion" "typo" { # expect: problem refused `"aws_ecs_task_defintion"` says "did you mean `aws_ecs_task_definition`?"
  family                = "typo"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "app:1", user = "0" }])
}

resource "*ws_ecs_task_definition" "name" { # expect: problem refused `"*ws_ecs_task_definition"` says "is no name"
  family                = "name"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "app:1", user = "0" }])
}

variable "image" {
  default = "app:1"
  family  = "headless"
  # expect: problem refused `container_definitions` says "a block `variable` has no argument"
  container_definitions = jsonencode([{ name = "a", image = "app:1" }])
}

locals {
  name = "app"
  volume { # expect: problem refused `volume`
    name = "data"
  }
}

resource "aws_ecs_task_definition" "app" { # expect: not_applicable host-network-root-user
  family                = local.name
  container_definitions = jsonencode([{ name = "a", image = "app:1", user = "0" }])
}
