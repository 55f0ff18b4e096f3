# A default that does not convert to the type of its variable.
variable "ports" {
  type    = list(number)
  default = [80, "http"]
}

resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
}
