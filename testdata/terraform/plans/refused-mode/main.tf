# Values that the provider's schema does not list.
variable "network_mode" {
  default = "HOST"
}

variable "pid_mode" {
  default = null
}

variable "architecture" {
  default = "ARM64"
}

variable "compatibility" {
  default = "EC2"
}

variable "family" {
  default = "x"
}

variable "storage" {
  default = 30
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.family
  network_mode             = var.network_mode
  pid_mode                 = var.pid_mode
  requires_compatibilities = [var.compatibility]
  container_definitions    = jsonencode([{ name = "a", image = "a", user = "1000" }])
  runtime_platform {
    cpu_architecture = var.architecture
  }
  ephemeral_storage {
    size_in_gib = var.storage
  }
}
