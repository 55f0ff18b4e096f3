# The container has a user now, and the exception was left behind.
resource "aws_ecs_task_definition" "agent" {
  family       = "agent"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: fail unused-ignore col 23 "host-network-root-user" evidence unused
    # ecslint: ignore[host-network-root-user] the vendor's image needs root
    { name = "agent", image = "example/agent:2", user = "1000" },
  ])
}
