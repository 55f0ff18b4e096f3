# A local that nobody reads is evaluated all the same.
locals {
  unread = { ports = [tonumber("eighty")] }
}

resource "aws_ecs_task_definition" "this" {
  family                = "unread"
  container_definitions = jsonencode([{ name = "app", image = "app:1" }])
}
