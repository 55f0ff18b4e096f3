variable "settings" {
  type = object({
    user    = string
    sidecar = optional(object({ enabled = optional(bool, false), user = optional(string, "nobody") }), {})
  })
}

module "b" {
  source   = "./b"
  settings = merge(var.settings, { level = 1 })
}

output "json" {
  value = module.b.json
}
