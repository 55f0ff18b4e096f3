# Text that is no JSON: the problem stands at the fault, and the containers are not known.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  # expect@+4: undetermined host-network-root-user
  # expect@+3: undetermined privileged-container
  container_definitions = <<-EOT
    [
      {"name": "a", "user": "0"},
    ]
  EOT
}
