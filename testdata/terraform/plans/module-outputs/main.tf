# Whole modules, splats over them, and outputs that are objects of other outputs.
module "users" {
  source   = "./user"
  for_each = { web = 0, job = 1000 }
  uid      = each.value
}

module "list" {
  source = "./user"
  count  = 3
  uid    = count.index
}

locals {
  all   = module.users
  pairs = { for name, module in local.all : name => module.pair }
}

resource "aws_ecs_task_definition" "this" {
  for_each     = module.users
  family       = each.key
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "each", image = "i", user = each.value.pair },
    { name = "pairs", image = "i", command = values(local.pairs), user = local.pairs[each.key] },
    { name = "splat", image = "i", command = module.list[*].pair, user = module.list[0].pair },
    { name = "nested", image = "i", user = module.list[1].nested.deep[0].uid },
    { name = "last", image = "i", user = element(module.list, 5).pair, command = [tostring(length(module.list))] },
    { name = "attributes", image = "i", command = [for module in values(module.users) : join("+", keys(module))] },
  ])
}
