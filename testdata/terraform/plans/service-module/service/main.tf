variable "create" {
  type    = bool
  default = true
}

variable "name" {
  type    = string
  default = null
}

variable "network_mode" {
  type    = string
  default = "host"
}

variable "container_definitions" {
  type    = any
  default = {}
}

variable "container_definition_defaults" {
  type    = any
  default = {}
}

variable "volume" {
  type    = any
  default = {}
}

variable "runtime_platform" {
  type = any
  default = {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
}

module "container_definition" {
  source   = "../container"
  for_each = { for k, v in var.container_definitions : k => v if var.create && try(v.create, true) }

  name                     = try(each.value.name, each.key)
  image                    = try(each.value.image, var.container_definition_defaults.image, null)
  user                     = try(each.value.user, var.container_definition_defaults.user, null)
  cpu                      = try(each.value.cpu, var.container_definition_defaults.cpu, null)
  memory_reservation       = try(each.value.memory_reservation, null)
  essential                = try(each.value.essential, null)
  environment              = try(each.value.environment, [])
  port_mappings            = try(each.value.port_mappings, [])
  firelens_configuration   = try(each.value.firelens_configuration, {})
  log_configuration        = try(each.value.log_configuration, {})
  linux_parameters         = try(each.value.linux_parameters, {})
  readonly_root_filesystem = try(each.value.readonly_root_filesystem, true)
}

locals {
  create_task_definition = var.create && length(var.container_definitions) > 0
}

resource "aws_ecs_task_definition" "this" {
  count = local.create_task_definition ? 1 : 0

  container_definitions    = jsonencode([for k, v in module.container_definition : v.container_definition])
  family                   = coalesce(null, var.name)
  network_mode             = var.network_mode
  requires_compatibilities = ["EC2"]
  cpu                      = 1024
  memory                   = 2048

  dynamic "runtime_platform" {
    for_each = length(var.runtime_platform) > 0 ? [var.runtime_platform] : []
    content {
      cpu_architecture        = try(runtime_platform.value.cpu_architecture, null)
      operating_system_family = try(runtime_platform.value.operating_system_family, null)
    }
  }

  dynamic "volume" {
    for_each = var.volume
    content {
      host_path = try(volume.value.host_path, null)
      name      = try(volume.value.name, volume.key)
      dynamic "docker_volume_configuration" {
        for_each = try([volume.value.docker_volume_configuration], [])
        content {
          driver = try(docker_volume_configuration.value.driver, null)
        }
      }
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}
