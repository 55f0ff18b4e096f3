# The plan refuses a task definition without its required argument: nothing of it was judged.
resource "aws_ecs_task_definition" "app" { # expect: problem refused
  family                = "app"
  network_mode          = "host"
  container_definitionz = jsonencode([{ name = "a", image = "app:1" }])
}
