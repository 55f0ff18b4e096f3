# Words that ECS has for volumes, proxies and placement constraints, and others.
variable "scope" {
  default = "shared"
}

variable "transit" {
  default = "ENABLED"
}

variable "iam" {
  default = "DISABLED"
}

variable "proxy" {
  default = "APPMESH"
}

variable "placement" {
  default = "memberOf"
}

variable "credentials" {
  default = "arn:aws:ssm:eu-west-1:123456789012:parameter/domain"
}

resource "aws_ecs_task_definition" "this" {
  family                = "this"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "app", image = "app:1", user = "root" }])

  volume {
    name = "cache"

    docker_volume_configuration {
      scope = var.scope
    }
  }

  volume {
    name = "data"

    efs_volume_configuration {
      file_system_id     = "fs-1"
      transit_encryption = var.transit

      authorization_config {
        iam = var.iam
      }
    }
  }

  volume {
    name = "windows"

    fsx_windows_file_server_volume_configuration {
      file_system_id = "fs-2"
      root_directory = "share"

      authorization_config {
        credentials_parameter = var.credentials
        domain                = "example.com"
      }
    }
  }

  proxy_configuration {
    container_name = "app"
    type           = var.proxy
  }

  placement_constraints {
    type       = var.placement
    expression = "attribute:ecs.os-type == linux"
  }
}
