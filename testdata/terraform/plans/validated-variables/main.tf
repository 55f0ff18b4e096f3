# Validations that pass, of one variable through another, and types that are checked by them.
variable "mode" {
  type    = string
  default = "host"
  validation {
    condition     = contains(["host", "bridge"], var.mode) && var.mode != var.other
    error_message = "Mode ${var.mode} is taken."
  }
}

variable "other" {
  type    = string
  default = "awsvpc"
}

variable "user" {
  type     = string
  default  = "0"
  nullable = false
  validation {
    condition     = can(regex("^[0-9]+$", var.user))
    error_message = "Only numbers."
  }
}

resource "aws_ecs_task_definition" "this" {
  family                = "validated"
  network_mode          = var.mode
  container_definitions = jsonencode([{ name = "a", image = "a", user = var.user }])
}
