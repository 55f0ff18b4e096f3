# Instances by maps of objects, sets of encoded keys, and counts of lists; with keys that need escapes.
locals {
  services = {
    "web"          = { user = "root" }
    "with space"   = { user = "1" }
    "quote\"d"     = { user = "2" }
    "dollar$${x}"  = { user = "3" }
    "back\\slash"  = { user = "4" }
    "ünïcode"      = { user = "5" }
  }
}

resource "aws_ecs_task_definition" "map" {
  for_each              = local.services
  family                = "f${index(keys(local.services), each.key)}"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = each.key, user = each.value.user }])
}

resource "aws_ecs_task_definition" "set" {
  for_each              = toset([for name, service in local.services : service.user if service.user != "root"])
  family                = each.value
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "i", user = each.key }])
}

resource "aws_ecs_task_definition" "count" {
  count                 = length(local.services) - 3
  family                = "count${count.index + 1}"
  network_mode          = element(["host", "bridge"], count.index)
  container_definitions = jsonencode([{ name = "a", image = "i", user = values(local.services)[count.index].user }])
}

resource "aws_ecs_task_definition" "chained" {
  for_each              = aws_ecs_task_definition.map
  family                = "chained-${each.value.family}"
  network_mode          = each.value.network_mode
  container_definitions = replace(each.value.container_definitions, "\"a\"", "\"b\"")
}

resource "aws_ecs_task_definition" "none" {
  for_each              = {}
  family                = each.key
  container_definitions = "[]"
}

resource "aws_ecs_task_definition" "zero" {
  count                 = 0
  family                = "zero"
  container_definitions = "[]"
}
