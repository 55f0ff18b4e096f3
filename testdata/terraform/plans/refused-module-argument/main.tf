# A call that sets what the module does not declare, and leaves out what it needs.
module "task" {
  source = "./task"
  name   = "x"
  usr    = "1000"
}
