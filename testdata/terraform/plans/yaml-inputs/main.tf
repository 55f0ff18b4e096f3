# Services kept in YAML files are read with fileset and become modules.
locals {
  files    = fileset(path.module, "services/*.yml")
  services = { for file in local.files : trimsuffix(basename(file), ".yml") => yamldecode(templatefile(file, { tag = "v7" })) }
}

module "service" {
  source   = "./service"
  for_each = { for name, service in local.services : name => service if try(service.enabled, true) }
  name     = each.key
  config   = each.value
}
