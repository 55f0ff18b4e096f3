# A literal user part that is no integer zero and not the name root decides, whatever its group is.
resource "aws_ecs_task_definition" "app" { # expect: pass host-network-root-user
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "1000" },     # expect: pass host-network-root-user
    { name = "b", image = "app:1", user = "app" },      # expect: pass host-network-root-user
    { name = "c", image = "app:1", user = "1000:0" },   # expect: pass host-network-root-user
    { name = "d", image = "app:1", user = "app:root" }, # expect: pass host-network-root-user
    { name = "e", image = "app:1", user = "Root" },     # expect: pass host-network-root-user
    { name = "f", image = "app:1", user = "0x0" },      # expect: pass host-network-root-user
    { name = "g", image = "app:1", user = "01" },       # expect: pass host-network-root-user
    { name = "h", image = "app:1", user = "rooty:0" },  # expect: pass host-network-root-user
  ])
}
