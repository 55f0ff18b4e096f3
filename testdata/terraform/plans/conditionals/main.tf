# Conditionals unify their types; operators short-circuit in errors as Terraform does.
variable "stage" {
  default = "prod"
}

variable "replicas" {
  type    = number
  default = 3
}

resource "aws_ecs_task_definition" "this" {
  count        = var.stage == "prod" && var.replicas > 2 ? 1 : 0
  family       = var.replicas >= 3 ? "many" : 0
  network_mode = !(var.stage != "prod") ? "host" : null
  container_definitions = jsonencode([
    { name = "number", image = "i", user = var.replicas > 1 ? 0 : "nobody" },
    { name = "bool", image = "i", user = tostring(var.stage == "prod" ? true : false), essential = var.replicas % 2 == 0 },
    { name = "null", image = "i", user = var.stage == "dev" ? "root" : null },
    { name = "nested", image = "i", user = var.replicas == 1 ? "one" : var.replicas == 2 ? "two" : "0" },
    { name = "lists", image = "i", command = var.replicas == 3 ? ["a", 1] : [] },
    { name = "strings", image = "i", user = "3" == var.replicas ? "equal" : "unequal", command = [tostring("3" == tostring(var.replicas)), tostring(null == null), tostring([] == tolist([]))] },
    { name = "objects", image = "i", dockerLabels = var.replicas == 3 ? { a = "1" } : { a = "2" } },
    { name = "guarded", image = "i", user = try(var.stage[0], can(tonumber(var.stage)) ? "1" : "0") },
  ])
}
