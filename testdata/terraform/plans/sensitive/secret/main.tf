output "mode" {
  value     = "host"
  sensitive = true
}
