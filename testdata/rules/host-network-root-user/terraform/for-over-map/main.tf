# Containers made by `for` over a map in its order of keys, with merged defaults and a filter.
locals {
  defaults = {
    image = "app:1"
    user  = "1000"
  }
  services = {
    api = {}
    job = { user = "0" } # expect: fail host-network-root-user `"0"`
    old = { enabled = false, user = "root" }
    web = { user = "2000" }
  }
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    for name, service in local.services : merge(local.defaults, { name = name, user = lookup(service, "user", local.defaults.user) })
    if lookup(service, "enabled", true)
  ])
}
