# A template of nothing but one interpolation keeps its type, so this is no string and the plan refuses it.
locals {
  uid = 0 # expect: fail host-network-root-user col 9 "0" evidence root
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: problem refused
    { name = "a", image = "app:1", user = "${local.uid}" },
    { name = "b", image = "app:1", user = "${local.uid}:${local.uid}" },
  ])
}
