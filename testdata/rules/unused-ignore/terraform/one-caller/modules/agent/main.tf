resource "aws_ecs_task_definition" "agent" {
  family       = "agent"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: fail host-network-root-user for module.new.aws_ecs_task_definition.agent
    { name = "agent", image = "x", user = "0" },
  ])
}
