# The plan refuses a task definition without its required argument: nothing of it was judged.
# expect: undetermined host-network-root-user
# expect: undetermined privileged-container
# expect: problem refused `"app"`
resource "aws_ecs_task_definition" "app" {
  family                = "app"
  network_mode          = "host"
  # expect: problem refused "container_definitionz"
  container_definitionz = jsonencode([{ name = "a", image = "app:1" }])
}
