# One capability instead of all of them.
resource "aws_ecs_task_definition" "agent" { # expect: pass privileged-container
  family       = "agent"
  network_mode = "bridge"

  container_definitions = jsonencode([
    {
      name   = "agent" # expect: pass privileged-container
      image  = "example/agent:1.4"
      memory = 128
      user   = "1000"
      linuxParameters = {
        capabilities = { add = ["NET_ADMIN"] }
      }
    },
  ])
}
