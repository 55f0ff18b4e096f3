# References to what is not declared: a local, a resource, an attribute, an output.
module "empty" {
  source = "./empty"
}

resource "aws_ecs_task_definition" "this" {
  family                = "x"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "1000", command = [module.empty.nothing] }])
}
