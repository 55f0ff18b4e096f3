# Where a brace is missing, a block can end up in another one that nobody reads. Terraform refuses
# that, and nothing that stands there may be lost without a word.
locals {
  mode = "host"

  resource "aws_ecs_task_definition" "agent" { # expect: problem refused `resource`
    family                = "agent"
    network_mode          = local.mode
    container_definitions = jsonencode([{ name = "agent", image = "agent:1" }])
  }
}

locals {
  unused = {
    a = "a resource \"c\" {"

    module "web" { # expect: problem refused says "expected `=` or `:`"
      source = "./web"
    }
  }
}

variable "unused" {
  default = "module \"a\" {"

  validation {
    condition     = true # a resource "x" of no meaning
    error_message = <<-EOT
      module "b" {
      }
    EOT

    module "web" { # expect: problem refused says "cannot stand in another block"
      source = "./web"
    }
  }
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = local.mode

  container_definitions = jsonencode([
    { name = "app", image = "app:1" }, # expect: fail host-network-root-user
  ])
}
