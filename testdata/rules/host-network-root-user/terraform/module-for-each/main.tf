# A module with `for_each` and one with `count`: addresses name both, equal results are one finding.
module "service" {
  for_each = {
    api = "root" # expect: fail host-network-root-user `"root"` for `module.service["api"].aws_ecs_task_definition.this[0]`
    web = "1000"
  }
  source = "./service"
  name   = each.key
  user   = each.value
}

module "twice" {
  count  = 2
  source = "./service"
  name   = "twice"
  user   = "0" # expect: fail host-network-root-user `"0"` for `module.twice[1].aws_ecs_task_definition.this[0]`
}
