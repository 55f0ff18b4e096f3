variable "containers" {
  type = list(map(any))
}

resource "aws_ecs_task_definition" "deep" {
  family                = basename(path.module)
  network_mode          = "host"
  container_definitions = jsonencode(var.containers)
}

output "json" {
  value = aws_ecs_task_definition.deep.container_definitions
}
