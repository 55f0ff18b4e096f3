# A misspelt argument of the resource.
resource "aws_ecs_task_definition" "this" {
  family                = "x"
  networkmode           = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
}
