# Later files win: default, terraform.tfvars, terraform.tfvars.json, then *.auto.tfvars by name.
variable "a" {
  type    = string
  default = "root"
}

variable "b" {
  type    = string
  default = "root"
}

variable "c" {
  type    = string
  default = "root"
}

variable "d" {
  type    = string
  default = "1000"
}

variable "e" {
  type    = string
  default = "root" # expect: fail host-network-root-user `"root"`
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", user = var.a }, # expect: pass host-network-root-user
    { name = "b", user = var.b }, # expect: pass host-network-root-user
    { name = "c", user = var.c }, # expect: pass host-network-root-user
    { name = "d", user = var.d },
    { name = "e", user = var.e },
  ])
}
