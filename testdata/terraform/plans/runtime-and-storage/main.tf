# Runtime platforms, ephemeral storage, volumes of all kinds, placement, accelerators and tags.
locals {
  tags = merge({ team = "shop" }, { for key in ["b", "a"] : "tag:${key}" => upper(key) })
}

resource "aws_ecs_task_definition" "windows" {
  family                   = "windows"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "1024"
  memory                   = 2048
  container_definitions    = jsonencode([{ name = "iis", image = "iis", user = "ContainerAdministrator" }])
  runtime_platform {
    operating_system_family = "WINDOWS_SERVER_2022_CORE"
    cpu_architecture        = "X86_64"
  }
  ephemeral_storage {
    size_in_gib = 21 + 29
  }
  tags = local.tags
}

resource "aws_ecs_task_definition" "volumes" {
  family                = "volumes"
  network_mode          = "host"
  pid_mode              = "host"
  ipc_mode              = "task"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1", mountPoints = [{ sourceVolume = "docker", containerPath = "/d" }] }])
  volume {
    name = "docker"
    docker_volume_configuration {
      scope         = "shared"
      autoprovision = true
      driver        = "local"
      driver_opts   = { type = "nfs", size = 10 }
      labels        = { a = true }
    }
  }
  volume {
    name = "efs"
    efs_volume_configuration {
      file_system_id          = "fs-12345678"
      root_directory          = "/"
      transit_encryption      = "ENABLED"
      transit_encryption_port = "2999"
      authorization_config {
        access_point_id = "fsap-1"
        iam             = "ENABLED"
      }
    }
  }
  volume {
    name = "fsx"
    fsx_windows_file_server_volume_configuration {
      file_system_id = "fs-2"
      root_directory = "\\data"
      authorization_config {
        credentials_parameter = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x"
        domain                = "example.com"
      }
    }
  }
  volume {
    name                = "launch"
    configure_at_launch = true
  }
  inference_accelerator {
    device_name = "device_1"
    device_type = "eia1.medium"
  }
  placement_constraints {
    type       = "memberOf"
    expression = "attribute:ecs.availability-zone in [eu-west-1a]"
  }
  enable_fault_injection = true
  track_latest           = true
  skip_destroy           = true
}
