# Environment and secrets as maps that become lists, with filters, prefixes and defaults.
variable "environment" {
  type    = map(string)
  default = { LOG_LEVEL = "info", EMPTY = "", NUMBER = 5, FLAG = true }
}

variable "secrets" {
  type    = map(string)
  default = {}
}

locals {
  extra       = { for key, value in { region = "eu-west-1", stage = null } : upper("app_${key}") => value if value != null }
  environment = merge(var.environment, local.extra)
}

resource "aws_ecs_task_definition" "this" {
  family       = "environment"
  network_mode = "host"
  container_definitions = jsonencode([{
    name        = "app"
    image       = "app"
    user        = lookup(local.environment, "UID", "0")
    environment = [for key in sort(keys(local.environment)) : { name = key, value = tostring(local.environment[key]) } if local.environment[key] != ""]
    secrets     = [for key, arn in var.secrets : { name = key, valueFrom = startswith(arn, "arn:") ? arn : "arn:aws:ssm:eu-west-1:123456789012:parameter/${trimprefix(arn, "/")}" }]
    dockerLabels = {
      for key, value in local.environment : "env.${lower(key)}" => value
    }
  }])
}
