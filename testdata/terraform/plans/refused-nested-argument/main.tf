# A misspelt argument of a nested block.
resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
  volume {
    name     = "v"
    hostpath = "/v"
  }
}
