variable "uid" {
  type = number
}

variable "names" {
  type = set(string)
}

variable "labels" {
  type = map(string)
}

variable "object" {
  type = object({ user = string, group = optional(number, 100) })
}

variable "nested" {
  type = list(object({ name = string, ports = set(number) }))
}

resource "aws_ecs_task_definition" "this" {
  for_each     = var.names
  family       = each.key
  network_mode = "host"
  container_definitions = jsonencode(concat(
    [{ name = "a", image = "i", user = "${var.uid}:${var.object.group}", dockerLabels = var.labels }],
    [{ name = "b", image = "i", user = var.object.user, command = keys(var.object) }],
    [for one in var.nested : { name = one.name, image = "i", portMappings = [for port in one.ports : { containerPort = port }], user = length(one.ports) > 0 ? "root" : null }],
  ))
}
