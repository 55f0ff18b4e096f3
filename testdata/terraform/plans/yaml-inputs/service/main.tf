variable "name" { type = string }

variable "config" {
  type = object({
    image   = string
    user    = optional(string)
    network = optional(string, "awsvpc")
    ports   = optional(set(number), [])
    env     = optional(map(string), {})
  })
}

resource "aws_ecs_task_definition" "this" {
  family       = var.name
  network_mode = var.config.network
  container_definitions = jsonencode([{
    name         = var.name
    image        = var.config.image
    user         = var.config.user
    portMappings = [for port in var.config.ports : { containerPort = port }]
    environment  = [for key, value in var.config.env : { name = key, value = value }]
  }])
}
