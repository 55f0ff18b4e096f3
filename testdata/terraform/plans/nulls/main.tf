# Null takes a default away, a member out of JSON, and an argument out of a resource; `coalesce`, `try` and `lookup` go around it.
variable "user" {
  type    = string
  default = null
}

variable "required" {
  type     = string
  default  = "0"
  nullable = false
}

variable "settings" {
  type    = map(string)
  default = { user = "", image = null }
}

module "defaults" {
  source   = "./module"
  nullable = null
  strict   = null
  absent   = null
}

resource "aws_ecs_task_definition" "this" {
  family             = coalesce(var.user, "", "family")
  network_mode       = var.user == null ? "host" : var.user
  pid_mode           = var.user
  ipc_mode           = try(var.settings.nothing, null)
  cpu                = null
  task_role_arn      = lookup(var.settings, "role", null)
  execution_role_arn = null
  container_definitions = jsonencode([
    { name = "null", image = "i", user = var.user, command = null, environment = [] },
    { name = "coalesced", image = coalesce(var.settings.image, "fallback"), user = coalesce(var.settings.user, var.user, var.required) },
    { name = "tried", image = try(var.settings.missing, var.settings["user"], "last"), user = try(coalesce(var.user), "tried") },
    { name = "looked", image = lookup(var.settings, "other", "looked"), user = lookup({ a = null }, "a", "b") },
    { name = "module", image = "m", user = module.defaults.user },
    { name = "strings", image = "[${var.settings.user}]", user = join(",", compact(["", null, "0", var.user])) },
  ])
  tags = var.user == null ? null : { a = "b" }
}
