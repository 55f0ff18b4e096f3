# Every container runs as a user of its own, so the host's network is no harm.
resource "aws_ecs_task_definition" "web" { # expect: pass host-network-root-user
  family       = "web"
  network_mode = "host"

  container_definitions = jsonencode([
    {
      name   = "agent" # expect: pass host-network-root-user
      image  = "example/agent:1.4"
      memory = 128
      user   = "10001"
    },
    {
      name   = "web" # expect: pass host-network-root-user
      image  = "example/web:2.0"
      memory = 512
      user   = "app"
    },
  ])
}
