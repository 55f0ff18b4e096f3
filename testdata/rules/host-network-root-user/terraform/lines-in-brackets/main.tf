# HCL passes over new lines in brackets, in a `for` between braces and in the code of templates.
module "label" {
  source = "./label"
  parts  = { stage = "Prod", name = "agent" }
  casing = "lower"
}

locals {
  modes = { for kind in ["daemon", "web"] : kind =>
    kind == "daemon" ? "host" : # on every instance
    /* behind
       the balancer */
    "awsvpc"
    if
    kind != ""
  }
}

resource "aws_ecs_task_definition" "agent" {
  family       = module.label.id
  network_mode = local.modes.daemon
  container_definitions = templatefile("${path.module}/containers.json.tftpl", {
    users = ["0", "1000"] # expect: fail host-network-root-user `"0"` evidence root
    debug = false
    trace = true
  })
}

resource "aws_ecs_task_definition" "web" { # expect: not_applicable host-network-root-user
  family                = module.label.parts.name
  network_mode          = local.modes.web
  container_definitions = "[${jsonencode({ for name in ["name", "image"] : name => name == "name" ?
  "web" : "web:1" })}]"
}
