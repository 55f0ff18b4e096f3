# Defaults are laid under a decoded definition and encoded again.
locals {
  defaults = {
    user                   = "65534:65534"
    readonlyRootFilesystem = true
    ulimits                = [{ name = "nofile", softLimit = 1024, hardLimit = 4096 }]
  }
  given = <<-JSON
    [
      { "name": "a", "image": "a:1", "user": "root" },
      { "name": "b", "image": "b:1", "readonlyRootFilesystem": false },
      { "name": "c", "image": "c:1", "user": null }
    ]
  JSON
}

resource "aws_ecs_task_definition" "merged" {
  family       = "merged"
  network_mode = lookup({ linux = "host" }, "linux", "awsvpc")
  container_definitions = jsonencode([
    for container in jsondecode(local.given) : merge(local.defaults, container)
  ])
}

resource "aws_ecs_task_definition" "one" {
  family                = "one"
  container_definitions = jsonencode([merge(jsondecode(jsonencode(local.defaults)), { name = "one", image = "one:1" })])
}
