# Where the user part is known only after apply nothing is decided; a literal one decides in spite of its group.
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: undetermined host-network-root-user `aws_iam_role.app.unique_id`
    { name = "a", image = "app:1", user = aws_iam_role.app.unique_id },
    # expect: undetermined host-network-root-user
    { name = "b", image = "app:1", user = "${aws_iam_role.app.unique_id}:1000" },
    { name = "c", image = "app:1", user = "1000:${aws_iam_role.app.unique_id}" }, # expect: pass host-network-root-user
    { name = "d", image = "app:1", user = "app-${aws_iam_role.app.unique_id}" },  # expect: pass host-network-root-user
    # expect: undetermined host-network-root-user
    { name = "e", image = "app:1", user = "0${aws_iam_role.app.unique_id}" },
    # expect: fail host-network-root-user "0" evidence root
    { name = "f", image = "app:1", user = "0:${aws_iam_role.app.unique_id}" },
  ])
}
