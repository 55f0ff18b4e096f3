# Another resource's JSON with the same members is none of ours.
resource "aws_iam_policy" "app" {
  name   = "app"
  policy = jsonencode({ containerDefinitions = [{ name = "a", user = "root" }], networkMode = "host" })
}

resource "aws_ecs_task_definition" "app" { # expect: pass host-network-root-user
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "1000" },
  ])
}
