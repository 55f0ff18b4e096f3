# The API has no network mode in a container: it is dropped, and the task is on its default network.
resource "aws_ecs_task_definition" "app" { # expect: not_applicable host-network-root-user
  family = "app"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", networkMode = "host", user = "root" },
  ])
}
