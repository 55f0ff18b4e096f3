# The list of containers is glued together from encoded objects, as modules for many containers did.
variable "sidecars" {
  type    = list(string)
  default = ["xray", "statsd"]
}

locals {
  app = jsonencode({ name = "app", image = "shop/app:1", user = "1000", essential = true })
  more = [
    for index, name in var.sidecars :
    jsonencode({ name = name, image = "tools/${name}:latest", user = index == 0 ? "root" : "nobody", cpu = 16 * (index + 1) })
  ]
}

resource "aws_ecs_task_definition" "joined" {
  family                = "joined"
  network_mode          = "host"
  container_definitions = "[${join(",", concat([local.app], local.more))}]"
}

resource "aws_ecs_task_definition" "formatted" {
  family                = "formatted"
  network_mode          = join("", ["ho", "st"])
  container_definitions = format("[%s,\n%s]", local.app, local.more[1])
}
