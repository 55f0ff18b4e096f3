variable "user" {}

variable "replicas" {
  type    = number
  default = 1
}

variable "level" {
  default = "info"
  validation {
    # expect: problem refused says "the value of variable `level`"
    condition     = contains(["info", "debug"], var.level)
    error_message = "Not a level."
  }
}

resource "aws_ecs_task_definition" "this" {
  family       = "service"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "app", image = "app:1", user = var.user },
  ])
}
