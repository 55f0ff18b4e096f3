# Off the host's network nobody has to know the containers.
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
}

resource "aws_ecs_task_definition" "app" { # expect: not_applicable host-network-root-user
  family                = "app"
  network_mode          = "awsvpc"
  container_definitions = "[${aws_iam_role.app.unique_id}]"
}
