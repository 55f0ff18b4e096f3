# JSON is never empty, and of what `coalesce` can take the last must be filled, so nothing is asked.
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

variable "override" {
  type    = string
  default = null
}

variable "group" {
  type    = string
  default = ""
}

locals {
  agent = jsonencode({
    name        = "agent"
    image       = "agent:1"
    user        = "0" # expect: fail host-network-root-user `"0"`
    environment = [{ name = "VPC", value = aws_vpc.main.id }]
    logConfiguration = {
      logDriver = "awslogs"
      options   = { awslogs-group = coalesce(var.group, aws_vpc.main.id) }
    }
  })
  shell = jsonencode({
    name    = "shell" # expect: fail host-network-root-user `"shell"` evidence unset
    image   = aws_vpc.main.id
    command = ["sh"]
  })
}

resource "aws_ecs_task_definition" "agent" {
  family                = "agent"
  network_mode          = "host"
  container_definitions = "[${join(",", compact([coalesce(var.override, local.agent), "", local.shell]))}]"
}
