# Override files replace arguments, whole block types, variables and locals, in the order of their names.
variable "user" {
  type    = string
  default = "1000"
}

locals {
  mode  = "bridge"
  image = "from-main"
}

resource "aws_ecs_task_definition" "this" {
  family       = "main"
  network_mode = local.mode
  cpu          = 128
  container_definitions = jsonencode([
    { name = "this", image = local.image, user = var.user },
  ])

  volume {
    name = "first"
  }
  volume {
    name      = "second"
    host_path = "/second"
  }
}

module "called" {
  source = "./one"
  user   = "1"
}
