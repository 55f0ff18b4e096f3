# Elements of a type that leaves a part open are of one type all the same.
variable "objects" {
  type    = list(object({ name = string, value = any }))
  default = [{ name = "A", value = 1 }, { name = "B", value = "x" }, { name = "C", value = null }]
}

variable "lists" {
  type    = map(list(any))
  default = { command = ["run", 1], entryPoint = [true], links = [] }
}

variable "user" {
  type    = map(object({ id = any, groups = optional(set(any), [2, "1"]) }))
  default = { app = { id = 0 }, side = { id = "nobody", groups = [] } }
}

locals {
  none = { name = "none", image = "none:1", user = null, command = ["x"] }
}

resource "aws_ecs_task_definition" "this" {
  family       = "open-types"
  network_mode = "host"
  container_definitions = jsonencode([
    {
      name        = "app"
      image       = "app:1"
      user        = var.user.app.id
      command     = var.lists.command
      entryPoint  = var.lists.entryPoint
      environment = [for of in var.objects : of if of.value != null]
      dockerLabels = {
        lists  = jsonencode(var.lists)
        groups = join(",", var.user.app.groups)
        branch = jsonencode(var.user.app.id == "0" ? { a = null, b = [1] } : { a = "x" })
        set    = jsonencode(true ? [1] : toset(var.user.side.groups))
      }
    },
    { for k, v in local.none : k => v if v != null },
  ])
}
