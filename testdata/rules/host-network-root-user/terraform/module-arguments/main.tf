# What a plan would refuse of the values that a module's variables are given, read or not.
module "misspelt" {
  source = "./service"
  user   = "1000"
  usr    = "0" # expect: problem refused "usr" says "no variable `usr`"
}

# expect: undetermined host-network-root-user
# expect: problem refused `"missing"` says "does not set variable `user`"
module "missing" {
  source   = "./service"
  count    = 1
  replicas = 2
}

module "converted" {
  source   = "./service"
  user     = "1000"
  replicas = "two" # expect: problem refused `"two"`
}

module "forbidden" {
  source = "./service"
  user   = "1000"
  level  = "loud"
}

module "absent" {
  source   = "./service"
  count    = 0
  user     = "1000"
  replicas = "none"
}
