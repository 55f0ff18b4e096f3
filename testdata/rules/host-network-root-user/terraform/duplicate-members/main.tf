# Of a member that stands twice the last counts, in whatever letter case; null unsets it.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  # expect@+6: pass host-network-root-user
  # expect@+6: fail host-network-root-user col 45 `"0"`
  # expect@+6: fail host-network-root-user evidence unset
  # expect@+6: fail host-network-root-user col 45 `"root"`
  container_definitions = <<-EOT
    [
      {"name": "a", "user": "0", "user": "1000"},
      {"name": "b", "user": "1000", "user": "0"},
      {"name": "c", "user": "1000", "user": null},
      {"name": "d", "user": "1000", "USER": "root"}
    ]
  EOT
}
