variable "user" {
  type = string
}

resource "aws_ecs_task_definition" "kind" {
  family                = basename(path.module)
  container_definitions = jsonencode([{ name = "kind", image = "kind:1", user = var.user }])
}
