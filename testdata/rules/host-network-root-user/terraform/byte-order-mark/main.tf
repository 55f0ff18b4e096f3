# A byte order mark takes no column.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "0" }, # expect: fail host-network-root-user col 43 `"0"`
  ])
}
