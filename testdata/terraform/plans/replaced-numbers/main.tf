# Quoted numbers and booleans are repaired with `replace` on the encoded JSON.
variable "port" {
  default = "8080"
}

locals {
  raw = jsonencode([{
    name         = "web"
    image        = "shop/web:${var.port}"
    user         = "0"
    essential    = "true"
    privileged   = "false"
    memory       = "256"
    portMappings = [{ containerPort = var.port, hostPort = var.port }]
    environment  = [{ name = "PORT", value = "port-${var.port}" }]
  }])
  numbers  = replace(local.raw, "/\"(memory|containerPort|hostPort)\":\"([0-9]+)\"/", "\"$1\":$2")
  booleans = replace(replace(local.numbers, "\"essential\":\"true\"", "\"essential\":true"), "/\"privileged\":\"(true|false)\"/", "\"privileged\":$1")
}

resource "aws_ecs_task_definition" "web" {
  family                = "web"
  network_mode          = "host"
  container_definitions = local.booleans
}
