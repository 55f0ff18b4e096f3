# Containers that only start first, or that may stop, have the same network.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "init", image = "init:1", essential = false }, # expect: fail host-network-root-user `"init"`
    {
      name      = "app" # expect: pass host-network-root-user
      image     = "app:1"
      user      = "1000"
      dependsOn = [{ containerName = "init", condition = "SUCCESS" }]
    },
  ])
}
