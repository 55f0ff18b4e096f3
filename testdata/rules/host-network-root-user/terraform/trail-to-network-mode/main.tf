# The network mode comes from a tfvars file through a local; the finding leads there.
variable "mode" {
  type = string
}

locals {
  mode = var.mode
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = local.mode
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "0" }, # expect: fail host-network-root-user `"0"` also at terraform.tfvars:1
  ])
}
