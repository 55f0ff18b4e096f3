# An entry of the configuration excepts one caller of a module; the finding stays for the other.
module "old" {
  source = "./modules/agent"
}

module "new" {
  source = "./modules/agent"
}
