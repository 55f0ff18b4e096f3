# Sensitive values pass through functions, templates and modules; the plan marks what they are in.
variable "user" {
  type      = string
  default   = "root"
  sensitive = true
}

variable "token" {
  default   = "t0ken"
  sensitive = true
}

module "secret" {
  source = "./secret"
}

resource "aws_ecs_task_definition" "whole" {
  family       = "whole"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "secret", image = "i", user = var.user },
    { name = "open", image = "i", user = nonsensitive(var.user), environment = [{ name = "TOKEN", value = "x-${upper(var.token)}" }] },
  ])
  tags = { marked = sensitive("a"), open = "b" }
}

resource "aws_ecs_task_definition" "module" {
  family                = "module"
  network_mode          = module.secret.mode
  pid_mode              = nonsensitive(module.secret.mode)
  container_definitions = jsonencode([{ name = "a", image = "i", user = issensitive(var.token) ? "0" : "1" }])
}
