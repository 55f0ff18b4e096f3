variable "containers" {
  type = list(map(string))
}

module "e" {
  for_each   = { only = var.containers }
  source     = "../e"
  containers = each.value
}

output "definition" {
  value = { for key, instance in module.e : "json" => instance.json }
}
