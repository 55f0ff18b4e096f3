# Roots beside a shared module, each with values of its own.
variable "user" {
  type = string
}

module "task" {
  source = "../../modules/task"
  name   = "prod"
  user   = var.user
}

module "other" {
  source = "./../../modules/../modules/task"
  name   = "other"
}
