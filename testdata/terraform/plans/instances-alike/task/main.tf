variable "user" {
  type = string
}

variable "labels" {
  type    = map(string)
  default = {}
}

locals {
  container = {
    name         = "app"
    image        = "app:1"
    user         = var.user
    dockerLabels = merge({ path = path.module, workspace = terraform.workspace }, var.labels)
  }
}

resource "aws_ecs_task_definition" "this" {
  count                 = 2
  family                = "app"
  container_definitions = jsonencode([local.container])
}

module "kind" {
  source   = "./kind"
  for_each = toset(["a", "b"])
  user     = var.user
}

output "container" {
  value = local.container
}
