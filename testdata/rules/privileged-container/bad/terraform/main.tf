# A privileged container, whatever its network and its user.
resource "aws_ecs_task_definition" "agent" {
  family       = "agent"
  network_mode = "bridge"

  container_definitions = jsonencode([
    {
      name       = "agent"
      image      = "example/agent:1.4"
      memory     = 128
      user       = "1000"
      privileged = true # expect: fail privileged-container col 20 "true" evidence privileged
    },
  ])
}
