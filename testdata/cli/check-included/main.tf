resource "aws_ecs_task_definition" "root" {
  family                = "root"
  container_definitions = jsonencode([{ name = "a", image = "a", privileged = true }])
}
