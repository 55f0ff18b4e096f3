# `try` and `can` go around what is missing, null or of another type, and around what is known later.
variable "config" {
  type    = any
  default = { user = { uid = "0" }, list = [] }
}

resource "aws_efs_file_system" "data" {}

resource "aws_ecs_task_definition" "this" {
  family       = "try"
  network_mode = try(var.config.network.mode, "host")
  container_definitions = jsonencode([
    { name = "deep", image = "i", user = try(var.config.user.uid, "1000") },
    { name = "index", image = "i", user = try(var.config.list[0], var.config.list[0].x, "0") },
    { name = "can", image = "i", user = can(var.config.user.gid) ? "gid" : "root", command = [tostring(can(regex("^[0-9]+$", var.config.user.uid))), tostring(can(tonumber("a")))] },
    { name = "type", image = "i", user = try(tostring(var.config.user), "object"), cpu = try(tonumber("x"), 5) },
    { name = "key", image = "i", command = try([for key in ["a", "b"] : var.config[key]], []) },
    { name = "whole", image = "i", user = try(merge(var.config.user, null).uid, "none") },
    { name = "null", image = "i", user = try(null, "no") },
  ])
  tags = { later = try(aws_efs_file_system.data.id, "never") }
}
