# The workspace chooses the settings; paths are those of the module that names them.
locals {
  settings = {
    default = { user = "1000", count = 1 }
    prod    = { user = "root", count = 2 }
  }
  here = local.settings[terraform.workspace]
}

module "nested" {
  source = "./nested/module"
}

resource "aws_ecs_task_definition" "this" {
  count        = local.here.count
  family       = "${terraform.workspace}-${count.index}"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "this", image = path.module, user = local.here.user, workingDirectory = path.cwd, command = [path.root, basename(abspath(path.root)) == basename(path.cwd) ? "same" : "other"] },
    merge(module.nested.container, { name = "nested" }),
  ])
  tags = { environment = lookup({ prod = "live" }, terraform.workspace, "test") }
}
