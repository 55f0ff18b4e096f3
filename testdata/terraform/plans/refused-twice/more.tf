resource "aws_ecs_task_definition" "this" {
  family                = "y"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
}
