# Services with containers are flattened to a map under joined keys, and gathered again.
variable "services" {
  type = map(object({
    mode       = optional(string, "host")
    containers = map(object({ image = string, user = optional(string) }))
  }))
  default = {
    shop = { containers = { web = { image = "web", user = "root" }, worker = { image = "worker" } } }
    mail = { mode = "bridge", containers = { relay = { image = "relay", user = "0" } } }
    none = { containers = {} }
  }
}

locals {
  flat = flatten([
    for service, config in var.services : [
      for name, container in config.containers : {
        key       = "${service}/${name}"
        service   = service
        mode      = config.mode
        container = merge(container, { name = name })
      }
    ]
  ])
  by_key = { for one in local.flat : one.key => one }
}

resource "aws_ecs_task_definition" "each" {
  for_each              = local.by_key
  family                = replace(each.key, "/", "_")
  network_mode          = each.value.mode
  container_definitions = jsonencode([each.value.container])
}

resource "aws_ecs_task_definition" "gathered" {
  for_each     = toset(distinct(local.flat[*].service))
  family       = each.key
  network_mode = var.services[each.key].mode
  container_definitions = jsonencode([
    for one in local.flat : one.container if one.service == each.value
  ])
}
