# What refers to another task definition sees what the provider plans: containers, variables and
# secrets in the order of their names, without what is null or unknown to the API.
resource "aws_efs_file_system" "this" {}

resource "aws_efs_access_point" "this" {
  file_system_id = aws_efs_file_system.this.id
  posix_user {
    uid = 1000
    gid = 1001
  }
  root_directory {
    path = "/data"
  }
}

resource "aws_ecs_task_definition" "service" {
  family       = "service"
  network_mode = "host"
  container_definitions = jsonencode([
    {
      name         = "web"
      image        = "web:1"
      user         = "root"
      command      = null
      nickname     = "w"
      environment  = [{ name = "Z", value = "last" }, { name = "A", value = "first" }]
      portMappings = [{ containerPort = 80, hostPort = null }]
    },
    {
      name    = "app"
      image   = "app:1"
      user    = "1000"
      secrets = [{ name = "T", valueFrom = "arn:t" }, { name = "S", valueFrom = "arn:s" }]
    },
  ])
}

locals {
  containers = jsondecode(aws_ecs_task_definition.service.container_definitions)
}

resource "aws_ecs_task_definition" "migration" {
  family                = "${aws_ecs_task_definition.service.family}-migration"
  network_mode          = aws_ecs_task_definition.service.network_mode
  container_definitions = jsonencode([merge(local.containers[0], { command = ["migrate"] })])
}

resource "aws_ecs_task_definition" "copy" {
  family                = "copy"
  container_definitions = aws_ecs_task_definition.service.container_definitions
}

resource "aws_ecs_task_definition" "described" {
  family = "described"
  container_definitions = jsonencode([
    for container in local.containers : {
      name  = container.name
      image = container.image
      user  = "${aws_efs_access_point.this.posix_user[0].uid}:${one(aws_efs_access_point.this.posix_user).gid}"
      dockerLabels = {
        members = join(",", keys(container))
        ports   = join(",", flatten([for mapping in try(container.portMappings, []) : keys(mapping)]))
        first   = try(container.environment[0].name, container.secrets[0].name)
        path    = aws_efs_access_point.this.root_directory[0].path
      }
    }
  ])
}
