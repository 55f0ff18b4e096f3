locals {
  name = join("", reverse(strrev("niahc") == "chain" ? ["ain", "ch"] : []))
  tag  = element(["v1", "v2", "v3"], 4)
}
