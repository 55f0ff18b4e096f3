variable "user" {}

resource "aws_ecs_task_definition" "one" {
  family                = "one"
  container_definitions = "[]"
}
