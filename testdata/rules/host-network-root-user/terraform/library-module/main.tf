# Nobody calls this module: it is judged with its defaults, and what has none is not known.
variable "user" { # expect: undetermined host-network-root-user says "`var.user` has no value"
  type = string
}

variable "network_mode" {
  type    = string
  default = "host"
}

resource "aws_ecs_task_definition" "this" {
  family       = "library"
  network_mode = var.network_mode
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = var.user },
    { name = "b", image = "app:1" }, # expect: fail host-network-root-user `"b"` also at main.tf:8
  ])
}
