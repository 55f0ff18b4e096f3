# The configuration knows the module that is not on disk.
module "network" {
  source = "git::https://git.example.com/network.git?ref=v1"
}

resource "aws_ecs_task_definition" "app" { # expect: pass host-network-root-user
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "1000" },
  ])
}
