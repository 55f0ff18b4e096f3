# OpenTofu reads `main.tofu` in the place of `main.tf`, and `extra.tofu` besides.
resource "aws_ecs_task_definition" "app" {
  family                = "app"
  network_mode          = "host"
  container_definitions = "never read"
}
