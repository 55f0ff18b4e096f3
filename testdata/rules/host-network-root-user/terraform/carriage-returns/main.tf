# Lines that end in CRLF: positions and heredocs are not shifted.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  # expect@+3: fail host-network-root-user col 28 `"0"`
  container_definitions = <<-EOT
    [
      {"name": "a", "user":"0"}
    ]
  EOT
}
