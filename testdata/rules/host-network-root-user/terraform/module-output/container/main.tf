variable "name" {
  type = string
}

variable "user" {
  type    = string
  default = null
}

output "json" {
  value = jsonencode({
    name  = var.name
    image = "app:1"
    user  = var.user
  })
}
