# With an unknown network mode a failing container is undetermined, and passing ones make the task pass.
resource "aws_ssm_parameter" "mode" {
  name  = "mode"
  type  = "String"
  value = "host"
}

resource "aws_ecs_task_definition" "failing" {
  family       = "failing"
  network_mode = aws_ssm_parameter.mode.arn # expect: undetermined host-network-root-user `aws_ssm_parameter.mode.arn`
  container_definitions = jsonencode([
    { name = "a", image = "app:1" },
    { name = "b", image = "app:1", user = "root" },
  ])
}

resource "aws_ecs_task_definition" "passing" { # expect: pass host-network-root-user
  family       = "passing"
  network_mode = aws_ssm_parameter.mode.arn
  container_definitions = jsonencode([
    { name = "c", image = "app:1", user = "1000" }, # expect: pass host-network-root-user
  ])
}
