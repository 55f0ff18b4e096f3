# A template of nothing but one interpolation keeps its type, so this is no string and the plan refuses it.
locals {
  uid = 0
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: problem refused
    # expect: fail host-network-root-user evidence root
    { name = "a", image = "app:1", user = "${local.uid}" },
    # expect: fail host-network-root-user evidence root
    { name = "b", image = "app:1", user = "${local.uid}:${local.uid}" },
  ])
}
