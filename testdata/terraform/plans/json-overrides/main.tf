# JSON files override native ones and stand beside them.
variable "user" {
  default = "1000"
}

resource "aws_ecs_task_definition" "this" {
  family                = "this"
  network_mode          = "bridge"
  container_definitions = jsonencode([{ name = "a", image = "a", user = var.user }])
}
