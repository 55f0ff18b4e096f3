resource "aws_ecs_task_definition" "in" {
  family                = "in"
  container_definitions = jsonencode([{ name = "a", image = "a", privileged = true }])
}
