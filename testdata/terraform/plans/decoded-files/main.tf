# Definitions kept as YAML, CSV and JSON beside the configuration.
locals {
  tasks = yamldecode(file("${path.module}/tasks.yaml"))
  rows  = csvdecode(file("${path.module}/containers.csv"))
  all   = [for name in fileset("${path.module}/definitions", "**/*.json") : jsondecode(file("${path.module}/definitions/${name}"))]
}

resource "aws_ecs_task_definition" "yaml" {
  for_each              = local.tasks
  family                = each.key
  network_mode          = each.value.network_mode
  container_definitions = jsonencode(each.value.containers)
}

resource "aws_ecs_task_definition" "csv" {
  family       = "csv"
  network_mode = "host"
  container_definitions = jsonencode([
    for row in local.rows : { name = row.name, image = row.image, user = row.user != "" ? row.user : null, memory = tonumber(row.memory) }
  ])
}

resource "aws_ecs_task_definition" "files" {
  family                = "files"
  network_mode          = "host"
  container_definitions = jsonencode(local.all)
  tags = {
    exists = fileexists("${path.module}/tasks.yaml")
    sum    = filemd5("${path.module}/containers.csv")
    paths  = join(" ", fileset(path.module, "*.{csv,yaml}"))
  }
}

resource "aws_ecs_task_definition" "whole" {
  family                = "whole"
  network_mode          = "host"
  container_definitions = file("definitions/../whole.json")
}
