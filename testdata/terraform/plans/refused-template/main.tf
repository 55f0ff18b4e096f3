# A template that uses what is not given to it.
resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = templatefile("${path.module}/task.tpl", { user = "1000" })
}
