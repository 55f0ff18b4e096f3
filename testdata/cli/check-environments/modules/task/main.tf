variable "uid" {
  type = string
}

resource "aws_ecs_task_definition" "this" {
  family = "agent"
  container_definitions = jsonencode([
    { name = "agent", image = "agent:1", privileged = true, user = var.uid },
  ])
}
