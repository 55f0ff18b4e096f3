# Two blocks of a type that stands once.
resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000" }])
  runtime_platform {
    operating_system_family = "LINUX"
  }
  runtime_platform {
    operating_system_family = "LINUX"
  }
}
