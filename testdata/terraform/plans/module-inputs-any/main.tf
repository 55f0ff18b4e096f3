# Defaults of `any`, lists of objects with unlike attributes, and `merge` of maps from several modules.
module "base" {
  source = "./settings"
}

module "task" {
  source = "./task"
  containers = [
    { name = "a", image = "a", user = "0" },
    { name = "b", image = "b" },
    { name = "c", image = "c", environment = [{ name = "X", value = "1" }] },
  ]
  overrides = merge(module.base.overrides, { b = { user = "1000" } })
}
