# A child module makes the JSON and hands it back as an output.
module "container" {
  source = "./container"
  name   = "app"
  user   = "0" # expect: fail host-network-root-user `"0"`
}

resource "aws_ecs_task_definition" "app" {
  family                = "app"
  network_mode          = "host"
  container_definitions = "[${module.container.json}]"
}
