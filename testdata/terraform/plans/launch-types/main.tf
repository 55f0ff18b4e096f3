# Settings by launch type, chosen with lookups in maps of objects.
variable "launch_type" {
  type    = string
  default = "EC2"
}

locals {
  by_type = {
    EC2     = { mode = "host", cpu = null, memory = null }
    FARGATE = { mode = "awsvpc", cpu = 256, memory = "512" }
  }
  chosen = local.by_type[var.launch_type]
}

resource "aws_ecs_task_definition" "this" {
  family                   = lower(var.launch_type)
  network_mode             = local.chosen.mode
  cpu                      = local.chosen.cpu
  memory                   = local.chosen.memory
  requires_compatibilities = [var.launch_type]
  container_definitions    = jsonencode([{ name = "a", image = "a", user = var.launch_type == "EC2" ? "0" : null, memory = local.chosen.memory == null ? 128 : null }])
}
