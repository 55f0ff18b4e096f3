variable "settings" {
  type = any
}

module "c" {
  source   = "./c"
  user     = var.settings.user
  sidecars = [for sidecar in [var.settings.sidecar] : sidecar if sidecar.enabled]
}

output "json" {
  value = module.c.json
}
