# How many instances there are is not known, so a failure is conditional on there being one.
variable "instances" {
  type = number
}

variable "create" {
  type = bool
}

resource "aws_ecs_task_definition" "counted" {
  count        = var.instances
  family       = "counted"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: conditional host-network-root-user `"root"` when "any instance of it exists" for `aws_ecs_task_definition.counted[?]`
    { name = "a", image = "app:1", user = "root" },
  ])
}

resource "aws_ecs_task_definition" "switched" {
  count        = var.create ? 1 : 0
  family       = "switched"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: conditional host-network-root-user `"root"` when "`var.create` is true" for `aws_ecs_task_definition.switched[0]`
    { name = "b", image = "app:1", user = "root" },
  ])
}
