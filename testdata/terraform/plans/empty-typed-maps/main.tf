# A map without members has a type: what stands beside its elements becomes what they would be.
variable "overrides" {
  type    = map(string)
  default = {}
}

variable "services" {
  type = map(object({
    settings = optional(map(string), {})
    flags    = optional(map(bool), {})
  }))
  default = { plain = {}, set = { settings = { user = 1000 }, flags = { privileged = "true" } } }
}

locals {
  merged = merge(var.overrides, var.overrides)
  chosen = length(var.overrides) > 0 ? var.overrides : { LEVEL = 3 }
}

resource "aws_ecs_task_definition" "this" {
  for_each     = var.services
  family       = each.key
  network_mode = "host"
  container_definitions = jsonencode([{
    name       = "app"
    image      = "app:1"
    user       = lookup(each.value.settings, "user", 0)
    privileged = lookup(each.value.flags, "privileged", "false")
    environment = [
      { name = "PORT", value = lookup(var.overrides, "PORT", 8080) },
      { name = "DEBUG", value = lookup(each.value.settings, "debug", false) },
      { name = "MERGED", value = lookup(local.merged, "x", 1.50) },
      { name = "LEVEL", value = local.chosen.LEVEL },
    ]
  }])
}
