variable "user" {
  type = string
}

resource "aws_ecs_task_definition" "this" {
  family                = "plain"
  container_definitions = jsonencode([{ name = "a", image = "a", user = var.user }])
}
