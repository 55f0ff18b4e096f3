# On the host's network an unknown list of containers is undetermined; what is known of it is judged.
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
}

resource "aws_ecs_task_definition" "unknown" {
  family                = "unknown"
  network_mode          = "host"
  container_definitions = aws_iam_role.app.unique_id # expect: undetermined host-network-root-user `aws_iam_role.app.unique_id`
}

resource "aws_ecs_task_definition" "open" {
  family       = "open"
  network_mode = "host"
  # expect@+5: undetermined host-network-root-user `aws_iam_role.app.unique_id`
  container_definitions = "[${jsonencode({
    name  = "known"
    image = "app:1"
    user  = "root" # expect: fail host-network-root-user `"root"`
  })}, ${aws_iam_role.app.unique_id}]"
}
