# No `try` catches a reference that tells none of the instances of a resource.
resource "terraform_data" "user" {
  count = 1
  input = "1000"
}

resource "aws_ecs_task_definition" "this" {
  family       = "instances"
  network_mode = "host"
  container_definitions = jsonencode([{
    name  = "app"
    image = "app:1"
    user  = try(terraform_data.user.input, "1000")
  }])
}
