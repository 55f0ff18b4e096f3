# Given values are converted to the declared types: elements, attributes, tuples and sets.
variable "containers" {
  type = list(object({ name = string, user = number, essential = bool }))
  default = [
    { name = 1, user = "0", essential = "true", more = "dropped" },
    { name = "two", user = 1000, essential = false },
  ]
}

variable "pair" {
  type    = tuple([string, number, bool])
  default = [5, "7", "false"]
}

variable "names" {
  type    = set(string)
  default = ["b", "a", "b", 1, true]
}

variable "any_list" {
  type    = list(any)
  default = ["0", 1, true]
}

variable "any_map" {
  type    = map(any)
  default = { a = 1, b = "x" }
}

variable "untyped" {
  default = { list = [1, "a", { b = null }] }
}

resource "aws_ecs_task_definition" "this" {
  family       = var.pair[0]
  network_mode = "host"
  container_definitions = jsonencode(concat(
    [for container in var.containers : { name = container.name, image = "i", user = tostring(container.user), essential = container.essential }],
    [
      { name = "tuple", image = "i", cpu = var.pair[1], essential = var.pair[2] },
      { name = "set", image = "i", command = var.names },
      { name = "list", image = "i", command = var.any_list, user = var.any_list[1] },
      { name = "map", image = "i", dockerLabels = var.any_map },
      { name = "untyped", image = "i", user = tostring(var.untyped.list[0]), command = [var.untyped.list[1], jsonencode(var.untyped.list[2])] },
      { name = "converted", image = "i", command = tolist(toset(["z", "y"])), dockerLabels = tomap({ a = 1, b = "x" }) },
    ],
  ))
}
