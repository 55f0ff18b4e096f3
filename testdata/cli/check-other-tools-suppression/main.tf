resource "aws_ecs_task_definition" "agent" {
  #checkov:skip=CKV_AWS_334:the agent looks into the host
  family = "agent"
  container_definitions = jsonencode([
    { name = "agent", image = "example/agent:1", privileged = true },
  ])
}
