# A local module in all its multiplicities, with outputs, splats and a `for` over its instances.
module "one" {
  source = "./modules/service"
  name   = "one"
}

module "counted" {
  source = "./modules/service"
  count  = 2
  name   = "counted-${count.index}"
  user   = count.index == 0 ? "root" : "1000"
}

module "none" {
  source = "./modules/service"
  count  = 0
  name   = "none"
}

module "each" {
  source   = "./modules/service"
  for_each = toset(["b", "a"])
  name     = "each-${each.value}"
  user     = each.key
}

resource "aws_ecs_task_definition" "collected" {
  family       = module.one.family
  network_mode = one(distinct(module.counted[*].mode))
  container_definitions = jsonencode(concat(
    [module.one.container],
    module.counted[*].container,
    module.none[*].container,
    [for key in sort(keys(module.each)) : merge(module.each[key].container, { name = "each${key}", essential = false })],
    values(module.each)[*].container,
  ))
}
