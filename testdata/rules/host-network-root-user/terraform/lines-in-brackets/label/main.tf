variable "parts" {
  type = map(string)
}

variable "casing" {
  type = string
}

locals {
  parts = { for name, part in var.parts : name => var.casing == "none" ? part :
    var.casing == "title" ? title(lower(part)) :
    var.casing == "upper" ? upper(part) : lower(part)
  }
}

output "parts" {
  value = local.parts
}

output "id" {
  value = join("-", values(local.parts))
}
