# Containers that are no JSON, no list, or of types that the provider does not take.
variable "containers" {
  default = "[{\"name\": \"a\", \"image\": \"a\", \"user\": \"1000\",}]"
}

resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = var.containers
}
