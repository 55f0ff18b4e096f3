# The same address declared in two files.
resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
}
