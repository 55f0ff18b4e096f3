# Arguments of modules are converted to the types of the variables: strings of numbers, sets of lists, objects of maps.
module "task" {
  source = "./task"
  uid    = "0"
  names  = ["b", "a", "b"]
  labels = { a = 1, b = true }
  object = tomap({ user = "1000", more = "x" })
  nested = [{ name = "n", ports = ["80"] }, { name = "m", ports = [] }]
}
