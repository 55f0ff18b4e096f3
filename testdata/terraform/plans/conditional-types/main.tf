# Conditionals over objects with unlike attributes, tuples of unlike lengths, and null.
variable "debug" {
  type    = bool
  default = true
}

locals {
  object = var.debug ? { a = "1", b = "2" } : { a = "1" }
  tuple  = var.debug ? ["x", "y"] : ["z"]
  empty  = var.debug ? [] : [{ name = "never" }]
  null   = var.debug ? null : { user = "x" }
  number = var.debug ? 0 : null
  mixed  = var.debug ? "0" : 1
}

resource "aws_ecs_task_definition" "this" {
  family       = "types"
  network_mode = "host"
  container_definitions = jsonencode(concat([
    { name = "object", image = "i", dockerLabels = local.object, command = [for key in ["a", "b"] : lookup(local.object, key, "none")] },
    { name = "tuple", image = "i", command = local.tuple, user = try(local.tuple[1], "short") },
    { name = "null", image = "i", user = try(local.null.user, "none") },
    { name = "number", image = "i", user = local.number == 0 ? local.mixed : "x", cpu = local.number },
  ], local.empty))
}
