# The user travels from a variable's default over the module call into the container.
variable "web_user" {
  type    = string
  default = "0" # expect: fail host-network-root-user `"0"` for `module.web.aws_ecs_task_definition.this` also at main.tf:10 also at modules/service/main.tf:12
}

module "web" {
  source = "./modules/service"
  name   = "web"
  user   = var.web_user
}

module "worker" {
  source = "./modules/service"
  name   = "worker"
}

module "batch" {
  source = "./modules/service"
  name   = "batch"
  user   = "batch"
}
