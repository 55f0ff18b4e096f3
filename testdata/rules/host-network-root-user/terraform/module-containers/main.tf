# A module is handed whole containers; each is judged where it is written.
locals {
  base = {
    image  = "app:1"
    memory = 64
  }
}

module "tasks" {
  source       = "./tasks"
  network_mode = "host"
  containers = {
    api = merge(local.base, { user = "1000" })
    log = merge(local.base, { user = "root" }) # expect: fail host-network-root-user `"root"` also at main.tf:12
    web = local.base
  }
}
