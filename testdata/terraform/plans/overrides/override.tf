locals {
  mode = "host"
}

resource "aws_ecs_task_definition" "this" {
  family = "last"
}
