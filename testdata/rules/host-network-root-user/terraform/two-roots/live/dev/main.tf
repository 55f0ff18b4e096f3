# Two roots call one module: equal results are one finding that names both.
module "service" {
  source = "../../modules/service"
}
