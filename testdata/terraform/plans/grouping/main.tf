# `for` groups values under their keys, filters, and turns sets and maps around.
locals {
  processes = [
    { service = "shop", name = "web", user = "root" },
    { service = "shop", name = "worker", user = "1000" },
    { service = "mail", name = "relay", user = "0" },
    { service = "none", name = "off", user = "x", enabled = false },
  ]
  services = { for process in local.processes : process.service => process... if lookup(process, "enabled", true) }
  by_user  = { for name, list in local.services : length(list) => join("+", list[*].name)... }
}

resource "aws_ecs_task_definition" "service" {
  for_each     = local.services
  family       = each.key
  network_mode = "host"
  container_definitions = jsonencode([
    for index, process in reverse(each.value) : {
      name      = process.name
      image     = "${each.key}/${process.name}"
      user      = process.user
      essential = index == 0
      dependsOn = [for other in each.value : { containerName = other.name, condition = "START" } if other.name != process.name]
    }
  ])
  tags = { for count, names in local.by_user : "with-${count}" => join(",", names) }
}
