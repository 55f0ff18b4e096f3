# A container definition that sets nothing but members that there are not, null and zero.
resource "aws_ecs_task_definition" "this" {
  family = "empty"
  container_definitions = jsonencode([
    { name = "a", image = "a" },
    { nome = "b", image = null, cpu = 0 },
  ])
}
