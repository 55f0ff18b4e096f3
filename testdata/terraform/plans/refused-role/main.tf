# The provider takes the ARN of a role, not its name and not one of an account that is no number.
variable "role" {
  default = "app"
}

resource "aws_ecs_task_definition" "this" {
  family                = "this"
  task_role_arn         = var.role
  container_definitions = jsonencode([{ name = "app", image = "app:1" }])
}
