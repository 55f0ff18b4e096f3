# Any literal network mode but host, and none at all, leave the rule without a subject.
resource "aws_ecs_task_definition" "absent" { # expect: not_applicable host-network-root-user
  family                = "absent"
  container_definitions = jsonencode([{ name = "a", image = "app:1", user = "root" }])
}

resource "aws_ecs_task_definition" "null" { # expect: not_applicable host-network-root-user
  family                = "null"
  network_mode          = null
  container_definitions = jsonencode([{ name = "b", image = "app:1", user = "root" }])
}

resource "aws_ecs_task_definition" "bridge" { # expect: not_applicable host-network-root-user
  family                = "bridge"
  network_mode          = "bridge"
  container_definitions = jsonencode([{ name = "c", image = "app:1" }])
}

resource "aws_ecs_task_definition" "awsvpc" { # expect: not_applicable host-network-root-user
  family                = "awsvpc"
  network_mode          = "awsvpc"
  container_definitions = jsonencode([{ name = "d", image = "app:1" }])
}

resource "aws_ecs_task_definition" "none" { # expect: not_applicable host-network-root-user
  family                = "none"
  network_mode          = "none"
  container_definitions = jsonencode([{ name = "e", image = "app:1" }])
}
