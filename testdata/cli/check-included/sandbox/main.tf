resource "aws_ecs_task_definition" "out" {
  family                = "out"
  container_definitions = jsonencode([{ name = "a", image = "a", privileged = true }])
}
