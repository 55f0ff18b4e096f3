# A template interpolates encoded lists and numbers next to text.
variable "environment" {
  type    = map(string)
  default = { STAGE = "test", ALPHA = "1" }
}

resource "aws_ecs_task_definition" "this" {
  family       = "this"
  network_mode = "host"
  container_definitions = templatefile("${path.root}/task.tpl", {
    name        = "this"
    user        = 1000
    command     = jsonencode(["sh", "-c", "exec \"$@\" <in >out & wait"])
    environment = jsonencode([for name, value in var.environment : { name = name, value = value }])
    memory      = 0.5 * 1024
  })
}
