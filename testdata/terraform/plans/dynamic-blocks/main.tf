# `dynamic` blocks over lists, maps and sets, with iterators, nested ones and none at all.
variable "volumes" {
  type = list(object({
    name = string
    efs  = optional(object({ id = string, root = optional(string), iam = optional(bool, false) }))
    path = optional(string)
  }))
  default = [
    { name = "data", efs = { id = "fs-11111111", iam = true } },
    { name = "root", path = "/" },
    { name = "efs", efs = { id = "fs-22222222", root = "/sub" } },
    { name = "empty" },
  ]
}

variable "constraints" {
  type    = set(string)
  default = ["attribute:ecs.os-type == linux", "attribute:zone == a"]
}

resource "aws_ecs_task_definition" "this" {
  family                   = "volumes"
  network_mode             = "host"
  requires_compatibilities = ["EC2", "EXTERNAL"]
  container_definitions = jsonencode([{
    name        = "this"
    image       = "this"
    user        = "0"
    mountPoints = [for volume in var.volumes : { sourceVolume = volume.name, containerPath = "/mnt/${volume.name}", readOnly = volume.path == "/" }]
  }])

  dynamic "volume" {
    for_each = var.volumes
    content {
      name      = volume.value.name
      host_path = volume.value.path
      dynamic "efs_volume_configuration" {
        for_each = volume.value.efs[*]
        iterator = efs
        content {
          file_system_id     = efs.value.id
          root_directory     = efs.value.root
          transit_encryption = "ENABLED"
          dynamic "authorization_config" {
            for_each = efs.value.iam ? [volume.key] : []
            content {
              iam             = "ENABLED"
              access_point_id = "fsap-${authorization_config.value}${volume.key}"
            }
          }
        }
      }
    }
  }

  dynamic "placement_constraints" {
    for_each = var.constraints
    content {
      type       = "memberOf"
      expression = placement_constraints.key
    }
  }

  dynamic "runtime_platform" {
    for_each = { LINUX = "ARM64" }
    content {
      operating_system_family = runtime_platform.key
      cpu_architecture        = runtime_platform.value
    }
  }

  dynamic "proxy_configuration" {
    for_each = toset([])
    content {
      container_name = "never"
    }
  }

  dynamic "ephemeral_storage" {
    for_each = { for size in [30] : "size" => size }
    content {
      size_in_gib = ephemeral_storage.value
    }
  }
}
