# Sensitive values can't be keys of instances.
variable "names" {
  default   = ["a"]
  sensitive = true
}

resource "aws_ecs_task_definition" "this" {
  for_each              = toset(var.names)
  family                = each.key
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
}
