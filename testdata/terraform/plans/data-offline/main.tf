# Data sources that need no account: a policy document, ARNs and the provider's own region.
data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
  }
}

data "aws_arn" "role" {
  arn = "arn:aws:iam::123456789012:role/task"
}

resource "aws_ecs_task_definition" "this" {
  family       = "data"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "a", user = length(data.aws_iam_policy_document.assume.json) > 0 ? "0" : "0" },
  ])
}
