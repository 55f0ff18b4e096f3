# True in every way it is written; absent, null and false are not.
locals {
  debug = true # expect: fail privileged-container "true"
}

resource "aws_ecs_task_definition" "app" {
  family = "app"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", privileged = local.debug },
    { name = "b", image = "app:1", PRIVILEGED = true },   # expect: fail privileged-container "true"
    { name = "c", image = "app:1", privileged = 1 == 1 }, # expect: fail privileged-container
    { name = "d", image = "app:1", privileged = false },  # expect: pass privileged-container
    { name = "e", image = "app:1", privileged = null },   # expect: pass privileged-container
    { name = "f", image = "app:1" },                      # expect: pass privileged-container
  ])
}
