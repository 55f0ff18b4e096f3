# What a replacement takes over as a group stands where it stood before.
variable "user" {
  default = ""
}

resource "aws_ecs_task_definition" "agent" {
  family       = "agent"
  network_mode = "host"
  container_definitions = replace(
    jsonencode([{
      name  = "agent"
      image = "agent:1"
      user  = var.user == "" ? "null" : var.user # expect: fail host-network-root-user evidence unset `null`
    }]),
    "/\"(null)\"/", "$1",
  )
}
