# `for_each` takes no list, no numbers in a set, and no null.
variable "kind" {
  default = "list"
}

locals {
  kinds = {
    list    = ["a"]
    numbers = toset([1])
    null    = null
    map     = { a = "a" }
  }
}

resource "aws_ecs_task_definition" "this" {
  for_each              = local.kinds[var.kind]
  family                = each.key
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
}
