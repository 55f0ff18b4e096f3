# Lists of objects with different attributes: concat makes a tuple of them where no type holds all,
# and maps of strings where one does.
variable "containers" {
  type = list(object({
    name  = string
    image = string
    cpu   = optional(number, 10)
    ports = optional(list(number), [])
  }))
  default = [{ name = "app", image = "app:1", ports = [80] }]
}

variable "sidecars" {
  type = list(object({
    name      = string
    image     = string
    essential = optional(bool, false)
  }))
  default = [{ name = "log", image = "log:1" }]
}

variable "environment" {
  type    = list(object({ name = string, value = string }))
  default = [{ name = "A", value = "1" }]
}

variable "switches" {
  type    = list(object({ name = string, on = bool }))
  default = [{ name = "B", on = true }]
}

resource "aws_ecs_task_definition" "this" {
  family       = "this"
  network_mode = "host"
  container_definitions = jsonencode([
    for container in concat(var.containers, var.sidecars) : {
      name         = container.name
      image        = container.image
      user         = try(container.cpu == 10 ? "root" : "1000", "1001")
      cpu          = try(container.cpu, 0)
      essential    = try(container.essential, true)
      portMappings = [for port in try(container.ports, []) : { containerPort = port }]
      environment = [
        for one in concat(var.environment, var.switches) : { name = one.name, value = try(one.value, "${one.on}!") }
      ]
      dockerLabels = { kinds = jsonencode(concat(keys({ a = 1 }), values({ a = { b = 1 } }))) }
    }
  ])
}
