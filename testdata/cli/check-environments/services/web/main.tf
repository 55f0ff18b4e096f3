variable "uid" {
  type = string
}

variable "agent" {
  type    = bool
  default = false
}

resource "aws_ecs_task_definition" "web" {
  family       = "web"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "web", image = "web:1", user = var.uid },
    { name = "log", image = "log:1" },
  ])
}

module "agent" {
  source    = "../../modules/task"
  count     = var.agent || terraform.workspace == "default" ? 1 : 0
  uid       = var.uid
}
