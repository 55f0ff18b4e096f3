# What the provider keeps as sets, with elements that stand there twice, and maps with empty values.
locals {
  mounts = { app = ["data", "logs"], side = ["logs"] }
}

resource "aws_efs_file_system" "this" {}

resource "aws_ecs_task_definition" "this" {
  family                   = "sets"
  network_mode             = "host"
  requires_compatibilities = ["FARGATE", "EC2", "FARGATE"]
  container_definitions    = jsonencode([{ name = "a", image = "a" }])
  tags                     = { empty = "", one = 1, null = null }

  dynamic "volume" {
    for_each = flatten(values(local.mounts))
    content {
      name      = volume.value
      host_path = volume.value == "logs" ? "/var/log" : null
    }
  }
  volume {
    name      = "logs"
    host_path = "/var/log"
  }
  volume {
    name = "shared"
    docker_volume_configuration {
      labels = { empty = "", null = null }
    }
  }

  dynamic "placement_constraints" {
    for_each = ["a", "a", "b"]
    content {
      type       = "memberOf"
      expression = "attribute:${placement_constraints.value} exists"
    }
  }

  proxy_configuration {
    container_name = "a"
    properties     = { AppPorts = 8080, Empty = "" }
  }
}
