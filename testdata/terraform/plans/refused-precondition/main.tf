# A precondition that does not hold.
variable "user" {
  default = "1000"
}

resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = var.user }])
  lifecycle {
    precondition {
      condition     = var.user == "1001"
      error_message = "Wrong."
    }
  }
}
