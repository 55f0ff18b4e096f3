# A null of a declared type gives that type to what stands beside it.
variable "user" {
  type    = string
  default = null
}

variable "sidecars" {
  type    = list(string)
  default = null
}

variable "service" {
  type    = object({ name = string, user = optional(string), cpu = optional(number) })
  default = { name = "service" }
}

variable "in" {
  default = "nothing"
}

locals {
  # Strings all of them, since the others are null strings.
  root    = true ? 0 : var.user
  listed  = tolist([var.user, 1000])[1]
  mapped  = tomap({ a = var.service.user, b = 0 })["b"]
  chosen  = coalesce(var.user, 1001)
  grouped = { for name, user in { a = var.user, b = 1002 } : name => user if user != null }
}

resource "aws_ecs_task_definition" "this" {
  family       = "typed"
  network_mode = "host"
  cpu          = try(var.service.cpu + 1, 256)
  container_definitions = jsonencode(concat(
    [
      { name = "root", image = "a", user = local.root },
      { name = "listed", image = "a", user = local.listed },
      { name = "mapped", image = "a", user = local.mapped },
      { name = "chosen", image = "a", user = local.chosen },
      { name = "service", image = "a", user = var.service.user },
    ],
    [for name in coalescelist(var.sidecars, ["sidecar"]) : { name = name, image = "a", user = tostring(local.grouped["b"]) }],
    [for name in lookup({ splat = var.sidecars }, var.in, null)[*] : { name = name, image = "a" }],
  ))
  tags = {
    verb  = format("%v", var.user)
    equal = tostring(null) == var.user
  }
}
