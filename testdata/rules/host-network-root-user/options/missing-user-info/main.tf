# With `missing-user: info` a container that sets no user is mentioned; root is what it was.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1" },                # expect: fail host-network-root-user evidence unset severity info
    { name = "b", image = "app:1", user = "root" }, # expect: fail host-network-root-user evidence root severity high
  ])
}
