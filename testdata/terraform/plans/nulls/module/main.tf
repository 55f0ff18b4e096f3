variable "nullable" {
  default = "set"
}

variable "strict" {
  default  = "0:0"
  nullable = false
}

variable "absent" {
  type    = string
  default = "never"
}

output "user" {
  value = var.nullable == null && var.absent == null ? var.strict : "wrong"
}
