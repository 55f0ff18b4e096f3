# A given value that does not convert, is forbidden by a validation, or is null where that is not allowed.
variable "user" {
  type    = object({ uid = number, name = optional(string) })
  default = { uid = 1000 }
}

variable "stage" {
  type     = string
  nullable = false
  default  = "prod"
  validation {
    condition     = contains(["dev", "prod"], var.stage)
    error_message = "There is no such stage."
  }
}

resource "aws_ecs_task_definition" "this" {
  family                = var.stage
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = tostring(var.user.uid) }])
}
