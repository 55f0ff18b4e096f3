# `terraform_data` hands values on; what it stores is known only after apply.
resource "terraform_data" "user" {
  input = "root"
}

resource "terraform_data" "replaced" {
  triggers_replace = ["0", "host"]
}

resource "aws_ecs_task_definition" "input" {
  family       = "input"
  network_mode = terraform_data.replaced.triggers_replace[1]
  container_definitions = jsonencode([
    { name = "input", image = "i", user = terraform_data.user.input },
  ])
}

resource "aws_ecs_task_definition" "output" {
  family       = "output"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "output", image = terraform_data.user.output, user = "0" },
  ])
}
