# With `judge-privileged` the opt-in counts for nothing.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", privileged = true },                # expect: fail host-network-root-user evidence unset severity medium
    { name = "b", image = "app:1", privileged = true, user = "root" }, # expect: fail host-network-root-user evidence root severity high
    { name = "c", image = "app:1", privileged = true, user = "1000" }, # expect: pass host-network-root-user
  ])
}
