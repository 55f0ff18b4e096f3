# Instances that only their keys tell apart have the same verdicts; others have their own.
module "same" {
  source   = "./task"
  for_each = toset(["eu", "us"])
  # expect: fail host-network-root-user `"0"` for `module.same["eu"].aws_ecs_task_definition.this[0]`
  # expect: fail host-network-root-user `"0"` for `module.same["us"].aws_ecs_task_definition.this[1]`
  user = "0"
}

module "by_value" {
  source = "./task"
  for_each = {
    eu = "root" # expect: fail host-network-root-user `"root"` for `module.by_value["eu"].aws_ecs_task_definition.this[1]`
    us = "1000"
  }
  user = each.value
}

module "by_mode" {
  source = "./task"
  count  = 2
  # expect: fail host-network-root-user `"root"` for `module.by_mode[1].aws_ecs_task_definition.this[0]`
  user         = "root"
  network_mode = count.index == 1 ? "host" : "awsvpc"
}

module "set" {
  source = "./task"
  count  = 2
  user = var.user
}

# expect: conditional host-network-root-user `"user"` when "`var.user` is \"root\"" for `module.set[1].aws_ecs_task_definition.this[1]`
variable "user" {
  type = string
  validation {
    condition     = contains(["root", "app"], var.user)
    error_message = "One of these."
  }
}
