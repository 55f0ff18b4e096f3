# Modules that may not be there, and what is read of them with `one`, `try`, indices and comparisons.
variable "enabled" {
  type    = bool
  default = false
}

module "sidecar" {
  source = "./sidecar"
  count  = var.enabled ? 1 : 0
}

module "always" {
  source   = "./sidecar"
  for_each = var.enabled ? {} : { only = 1 }
}

resource "aws_ecs_task_definition" "this" {
  family       = "optional"
  network_mode = var.enabled ? "bridge" : "host"
  container_definitions = jsonencode(concat(
    [{ name = "app", image = "i", user = try(module.sidecar[0].definition.user, "1000"), command = module.sidecar[*].definition.name }],
    module.sidecar[*].definition,
    one(module.sidecar[*].definition) == null ? [] : [{ name = "extra", image = "i", user = one(module.sidecar).definition.user }],
    [for key, instance in module.always : merge(instance.definition, { name = "always-${key}" })],
    length(module.sidecar) > 0 ? [{ name = "counted", image = "i" }] : [],
  ))
}
