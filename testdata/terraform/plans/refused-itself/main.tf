# A resource may not refer to itself, nor to another of its instances; one beside it may.
variable "size" {
  type    = number
  default = 1
}

resource "aws_ecs_task_definition" "beside" {
  family                = "beside"
  container_definitions = jsonencode([{ name = "app", image = "app:1" }])
}

resource "aws_ecs_task_definition" "this" {
  count        = var.size
  family       = aws_ecs_task_definition.beside.family
  network_mode = "host"
  container_definitions = jsonencode([{
    name  = "app"
    image = "app:1"
    user  = aws_ecs_task_definition.this[0].family
  }])
}
