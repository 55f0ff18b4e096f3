module "task" {
  source = "../../modules/task"
  name   = "dev"
}
