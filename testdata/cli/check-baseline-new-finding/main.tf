resource "aws_ecs_task_definition" "agent" {
  family       = "agent"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "agent", image = "example/agent:1", user = "0" },
    { name = "log", image = "example/log:1", user = "0:0" },
  ])
}
