# Members without a value in the ways there are: absent, null, empty text, empty list, zero.
locals {
  users = { absent = {}, null = { user = null }, empty = { user = "" }, blank = { user = " " } }
}

resource "aws_ecs_task_definition" "this" {
  for_each     = local.users
  family       = each.key
  network_mode = each.key == "absent" ? null : "host"
  cpu          = each.key == "empty" ? "" : null
  container_definitions = jsonencode([
    merge({ name = "a", image = "a", command = [], environment = [], portMappings = null, cpu = 0, linuxParameters = {} }, each.value),
  ])
}
