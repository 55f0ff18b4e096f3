# The customary ways to put a list together from encoded parts keep every place.
locals {
  app   = jsonencode({ name = "app", image = "app:1", user = "root" }) # expect: fail host-network-root-user `"root"`
  agent = jsonencode({ name = "agent", image = "agent:1", user = "1000" })
  extra = [
    jsonencode({ name = "log", image = "log:1", user = "0" }), # expect: fail host-network-root-user `"0"`
  ]
}

resource "aws_ecs_task_definition" "joined" {
  family                = "joined"
  network_mode          = "host"
  container_definitions = "[${join(",", concat([local.app, local.agent], local.extra))}]"
}

resource "aws_ecs_task_definition" "formatted" {
  family                = "formatted"
  network_mode          = "host"
  container_definitions = format("[%s]", jsonencode({ name = "fmt", image = "app:1", user = "0" })) # expect: fail host-network-root-user `"0"`
}

resource "aws_ecs_task_definition" "replaced" {
  family       = "replaced"
  network_mode = "host"
  container_definitions = replace(
    jsonencode([{ name = "rep", image = "app:1", user = "root", cpu = "NUMBER" }]), # expect: fail host-network-root-user `"root"`
    "\"NUMBER\"",
    "10"
  )
}

resource "aws_ecs_task_definition" "decoded" {
  family       = "decoded"
  network_mode = "host"
  container_definitions = jsonencode([
    for container in jsondecode("[{\"name\": \"dec\", \"image\": \"app:1\", \"user\": \"0\"}]") : # expect: fail host-network-root-user `\"0\"`
    merge(container, { essential = true })
  ])
}
