# Locals that need one another in any order, over files, some in conditionals that are never taken.
locals {
  last   = local.middle.user
  middle = merge(local.first, { user = local.root ? "root" : local.never })
  never  = local.root ? 1 : 2
}

locals {
  first = { name = "first", image = "${local.name}:${local.tag}" }
  root  = alltrue([local.name == "chain", length(local.tag) == 2])
}

resource "aws_ecs_task_definition" "this" {
  family                = local.name
  network_mode          = local.root || local.tag == "" ? "host" : "awsvpc"
  container_definitions = jsonencode([merge(local.middle, { user = local.last })])
}
