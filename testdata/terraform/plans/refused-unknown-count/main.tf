# A count that is known only after apply.
resource "aws_efs_file_system" "data" {}

resource "aws_ecs_task_definition" "this" {
  count                 = length(aws_efs_file_system.data.arn)
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
}
