# Windows has neither host mode nor UIDs; a platform that is not known is judged as Linux.
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
}

resource "aws_ecs_task_definition" "windows" { # expect: not_applicable host-network-root-user
  family       = "windows"
  network_mode = "host"
  runtime_platform {
    operating_system_family = "WINDOWS_SERVER_2022_CORE"
    cpu_architecture        = "X86_64"
  }
  container_definitions = jsonencode([{ name = "a", image = "app:1" }])
}

resource "aws_ecs_task_definition" "linux" {
  family       = "linux"
  network_mode = "host"
  runtime_platform {
    operating_system_family = "LINUX"
  }
  container_definitions = jsonencode([
    { name = "b", image = "app:1", user = "0" }, # expect: fail host-network-root-user `"0"`
  ])
}

resource "aws_ecs_task_definition" "unknown" {
  family       = "unknown"
  network_mode = "host"
  runtime_platform {
    operating_system_family = aws_iam_role.app.unique_id
  }
  container_definitions = jsonencode([
    { name = "c", image = "app:1", user = "0" }, # expect: fail host-network-root-user `"0"`
  ])
}
