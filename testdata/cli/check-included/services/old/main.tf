resource "aws_ecs_task_definition" "old" {
  family                = "old"
  container_definitions = jsonencode([{ name = "a", image = "a", privileged = true }])
}
