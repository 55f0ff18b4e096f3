# One verdict for each instance; no instance is no subject.
variable "create" {
  type    = bool
  default = false
}

resource "aws_ecs_task_definition" "none" { # expect: not_applicable host-network-root-user
  count        = var.create ? 1 : 0
  family       = "none"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "root" },
  ])
}

# expect: pass host-network-root-user for `aws_ecs_task_definition.two[1]`
resource "aws_ecs_task_definition" "two" {
  count        = 2
  family       = "two-${count.index}"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: fail host-network-root-user for `aws_ecs_task_definition.two[0]`
    { name = "b", image = "app:1", user = tostring(count.index * 1000) },
  ])
}
