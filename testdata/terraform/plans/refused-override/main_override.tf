resource "aws_ecs_task_definition" "that" {
  family = "y"
}
