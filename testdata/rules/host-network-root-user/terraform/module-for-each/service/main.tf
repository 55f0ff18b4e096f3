variable "name" {
  type = string
}

variable "user" {
  type = string
}

# expect: pass host-network-root-user for `module.service["web"].aws_ecs_task_definition.this[0]`
resource "aws_ecs_task_definition" "this" {
  count        = 1
  family       = var.name
  network_mode = "host"
  container_definitions = jsonencode([
    { name = var.name, image = "app:1", user = var.user },
  ])
}
