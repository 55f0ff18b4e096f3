# An override replaces arguments; what is required must stand in the resource itself.
resource "aws_ecs_task_definition" "web" {
  family       = "web"
  network_mode = "host"
}
