# What is ephemeral is kept in no state, so no argument of a resource takes it.
variable "in" {
  default = "nothing"
}

variable "token" {
  default   = "t0ken"
  ephemeral = true
}

variable "names" {
  default   = ["a"]
  ephemeral = true
}

variable "on" {
  default   = true
  ephemeral = true
}

locals {
  containers = [{ name = "a", image = "a", user = lookup({ container = var.token }, var.in, "1000") }]
  instances  = lookup({ count = var.names, for-each = [var.token] }, var.in, ["a"])
}

module "plain" {
  source = "./plain"
  user   = lookup({ variable = var.token }, var.in, "1000")
}

module "short_lived" {
  source = "./short-lived"
  token  = "plain"
}

resource "terraform_data" "kept" {
  input = lookup({ resource = var.token }, var.in, "kept")
}

resource "aws_ecs_task_definition" "counted" {
  count                 = lookup({ count = length(var.names) }, var.in, 1)
  family                = lookup({ family = "x-${var.token}", output = module.short_lived.token }, var.in, terraform_data.kept.output)
  container_definitions = jsonencode(lookup({ whole = var.on ? local.containers : [] }, var.in, local.containers))
  skip_destroy          = lookup({ setting = var.on }, var.in, false)
  tags = {
    token   = lookup({ tag = var.token }, var.in, "none")
    nothing = ephemeralasnull("x-${var.token}") == null ? "null" : "kept"
    hidden  = issensitive(var.token)
    is_set  = can(var.token)
  }

  volume {
    name = lookup({ volume = var.token }, var.in, "v")
  }

  dynamic "volume" {
    for_each = lookup({ dynamic = var.names }, var.in, ["w"])
    content {
      name = volume.value
    }
  }

  lifecycle {
    precondition {
      condition     = var.token != lookup({ condition = "t0ken" }, var.in, "none")
      error_message = "The token is wrong."
    }
  }
}

resource "aws_ecs_task_definition" "each" {
  for_each              = lookup({ for-each = toset([var.token]), element = { a = var.token } }, var.in, { a = "each" })
  family                = each.value
  container_definitions = jsonencode(local.containers)
}
