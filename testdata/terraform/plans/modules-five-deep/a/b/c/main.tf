variable "user" {}
variable "sidecars" {}

module "d" {
  source = "../../../shared/d"
  containers = concat(
    [{ name = "main", image = "main", user = var.user }],
    [for index, sidecar in var.sidecars : { name = "side${index}", image = "side", user = sidecar.user }],
  )
}

output "json" {
  value = module.d.definition.json
}
