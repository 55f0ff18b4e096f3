# A template file writes the list with `for` and `if` directives, strip markers and an escape.
locals {
  services = {
    web   = { image = "shop/web:2", user = "1000", port = 80 }
    agent = { image = "shop/agent:2", user = "", port = null }
    proxy = { image = "shop/proxy:2", user = "0", port = 8443 }
  }
}

resource "aws_ecs_task_definition" "all" {
  family       = "all"
  network_mode = "host"
  container_definitions = templatefile("${path.module}/containers.json.tftpl", {
    services = local.services
    debug    = false
    region   = "eu-west-1"
  })
}

resource "aws_ecs_task_definition" "debugged" {
  family       = "debugged"
  network_mode = "host"
  container_definitions = templatefile("containers.json.tftpl", {
    services = { for name, service in local.services : name => service if service.port != null }
    debug    = true
    region   = "us-east-1"
  })
}
