# A container without a user, and one that is root, share the host's network.
resource "aws_ecs_task_definition" "web" {
  family       = "web"
  network_mode = "host"

  container_definitions = jsonencode([
    {
      name   = "agent" # expect: fail host-network-root-user col 16 `"agent"` evidence unset also at main.tf:4
      image  = "example/agent:1.4"
      memory = 128
    },
    {
      name   = "web"
      image  = "example/web:2.0"
      memory = 512
      user   = "root" # expect: fail host-network-root-user col 16 `"root"` evidence root also at main.tf:4
    },
  ])
}
