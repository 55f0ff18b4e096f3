# Optional attributes, coalesce and try decide as in a plan.
variable "settings" {
  type = map(object({
    user = optional(string)
    host = optional(bool, true)
  }))
  default = {
    api = { user = "1000" }
    job = { host = false }
    web = {}
  }
}

locals {
  users = { for name, task in var.settings : name => coalesce(task.user, "root") } # expect: fail host-network-root-user `"root"` for `aws_ecs_task_definition.app["web"]`
}

# expect: pass host-network-root-user for `aws_ecs_task_definition.app["api"]`
# expect: not_applicable host-network-root-user for `aws_ecs_task_definition.app["job"]`
resource "aws_ecs_task_definition" "app" {
  for_each     = var.settings
  family       = each.key
  network_mode = each.value.host ? "host" : "bridge"
  container_definitions = jsonencode([
    {
      name       = each.key
      image      = "app:1"
      user       = local.users[each.key]
      privileged = try(each.value.privileged, false)
    },
  ])
}
