module "m" {
  source = "./modules/m"
  on     = false
}
