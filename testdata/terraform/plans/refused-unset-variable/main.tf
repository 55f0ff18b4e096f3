# A root variable without a value: Terraform asks, and refuses where nobody answers.
variable "image" {
  type = string
}

resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = var.image, user = "1000" }])
}
