# Placeholders in a JSON file are replaced one by one.
locals {
  raw      = file("${path.module}/task.json")
  replaced = replace(replace(replace(local.raw, "__IMAGE__", "web:1"), "\"__PORT__\"", 8080), "__USER__", "root")
  folded   = { for key, value in { MODE = "host", UID = "0" } : "__${key}__" => value }
}

resource "aws_ecs_task_definition" "replaced" {
  family                = "replaced"
  network_mode          = replace("__MODE__", "/__([A-Z]+)__/", lower("HOST"))
  container_definitions = local.replaced
}

resource "aws_ecs_task_definition" "regex" {
  family                = "regex"
  network_mode          = local.folded["__MODE__"]
  container_definitions = replace(replace(local.raw, "/\"__(PORT)__\"/", "9090"), "/__([A-Z])([A-Z]*)__/", "$2-$1")
}

resource "aws_ecs_task_definition" "lines" {
  family       = "lines"
  network_mode = "host"
  container_definitions = join("", [
    for line in split("\n", local.replaced) : trimspace(line) if !strcontains(line, "\"command\"")
  ])
}
