# A fault inside a block that nobody needs costs nothing.
resource "aws_iam_role" "broken" {
  name = ((
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "0" }, # expect: fail host-network-root-user `"0"`
  ])
}
