# The user goes down through five modules and an output comes up through them.
module "a" {
  source = "./a"
  settings = {
    user    = "0"
    sidecar = { enabled = true }
  }
}

resource "aws_ecs_task_definition" "up" {
  family                = "up"
  network_mode          = "host"
  container_definitions = module.a.json
}
