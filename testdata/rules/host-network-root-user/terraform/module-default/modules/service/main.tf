variable "name" {
  type = string
}

variable "user" {
  type    = string
  default = null # expect: fail host-network-root-user "null" evidence unset for `module.worker.aws_ecs_task_definition.this`
}

variable "network_mode" {
  type    = string
  default = "host"
}

# expect: pass host-network-root-user for `module.batch.aws_ecs_task_definition.this`
resource "aws_ecs_task_definition" "this" {
  family       = var.name
  network_mode = var.network_mode
  container_definitions = jsonencode([
    {
      name  = var.name
      image = "service:1"
      user  = var.user
    },
  ])
}
