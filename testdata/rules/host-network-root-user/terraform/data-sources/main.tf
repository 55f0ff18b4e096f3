# What is read from AWS while planning is not in the source.
data "aws_ssm_parameter" "uid" {
  name = "/app/uid"
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: undetermined host-network-root-user `data.aws_ssm_parameter.uid.value`
    { name = "a", image = "app:1", user = data.aws_ssm_parameter.uid.value },
  ])
}
