output "definition" {
  value = { name = "sidecar", image = "sidecar", user = "0" }
}
