# An absent user, a null one and an empty one all leave the choice to the image.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "absent", image = "app:1" },             # expect: fail host-network-root-user `"absent"` evidence unset
    { name = "null", image = "app:1", user = null },  # expect: fail host-network-root-user "null" evidence unset
    { name = "empty", image = "app:1", user = "" },   # expect: fail host-network-root-user `""` evidence unset
    { name = "set", image = "app:1", user = "1000" }, # expect: pass host-network-root-user
    { image = "app:1" },                              # expect: fail host-network-root-user evidence unset
  ])
}
