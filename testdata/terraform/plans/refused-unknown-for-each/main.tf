# Keys that are known only after apply: Terraform plans nothing.
resource "aws_efs_file_system" "data" {}

resource "aws_ecs_task_definition" "this" {
  for_each              = toset([aws_efs_file_system.data.id])
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
}
