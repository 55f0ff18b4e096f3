output "overrides" {
  value = { a = { essential = false }, c = { user = "root", memory = 32 } }
}
