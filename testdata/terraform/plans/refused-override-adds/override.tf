resource "aws_ecs_task_definition" "web" {
  container_definitions = jsonencode([{ name = "web", image = "web" }])
}
