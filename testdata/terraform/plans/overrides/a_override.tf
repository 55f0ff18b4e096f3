locals {
  mode = "awsvpc"
}

variable "user" {
  default = "root"
}

resource "aws_ecs_task_definition" "this" {
  family = "first"
  memory = 512

  volume {
    name      = "only"
    host_path = "/only"
  }
}

module "called" {
  source = "./two"
}
