# Without containers there is nobody to be root: an empty list, null and blank text all mean that.
resource "aws_ecs_task_definition" "empty" { # expect: not_applicable host-network-root-user
  family                = "empty"
  network_mode          = "host"
  container_definitions = jsonencode([])
}

resource "aws_ecs_task_definition" "null" { # expect: not_applicable host-network-root-user
  family                = "null"
  network_mode          = "host"
  container_definitions = "null"
}

resource "aws_ecs_task_definition" "blank" { # expect: not_applicable host-network-root-user
  family                = "blank"
  network_mode          = "host"
  container_definitions = " "
}
