locals {
  unread = file("absent.txt")
}

resource "aws_ecs_task_definition" "never" {
  family                = "never"
  container_definitions = jsonencode([{ name = "app", image = "app:1" }])
}
