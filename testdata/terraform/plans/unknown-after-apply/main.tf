# What other resources make is known only after apply; the rest of the definition is known.
resource "aws_ecr_repository" "app" {
  name = "app"
}

resource "aws_cloudwatch_log_group" "app" {
  name = "/ecs/app"
}

resource "aws_iam_role" "task" {
  name               = "task"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_efs_file_system" "data" {}

resource "aws_ecs_task_definition" "unknown" {
  family             = aws_ecr_repository.app.name
  network_mode       = "host"
  task_role_arn      = aws_iam_role.task.arn
  execution_role_arn = aws_iam_role.task.arn
  container_definitions = jsonencode([
    { name = "app", image = "${aws_ecr_repository.app.repository_url}:1", user = "0", environment = [{ name = "ROLE", value = aws_iam_role.task.arn }] },
  ])
  volume {
    name = "data"
    efs_volume_configuration {
      file_system_id = aws_efs_file_system.data.id
    }
  }
}

resource "aws_ecs_task_definition" "known" {
  family       = "known"
  network_mode = "host"
  cpu          = length(aws_ecr_repository.app.repository_url) > 0 ? 256 : 256
  container_definitions = jsonencode([
    {
      name             = "app"
      image            = "${aws_ecr_repository.app.name}:1"
      user             = aws_iam_role.task.name == "task" ? "0" : "1"
      logConfiguration = { logDriver = "awslogs", options = { awslogs-group = aws_cloudwatch_log_group.app.name, awslogs-region = "eu-west-1" } }
    },
  ])
}

resource "aws_ecs_task_definition" "copied" {
  family                = "${aws_ecs_task_definition.known.family}-copy"
  network_mode          = aws_ecs_task_definition.known.network_mode
  container_definitions = aws_ecs_task_definition.known.container_definitions
}
