# The provider refuses HOST: it is no network mode, so the rule has no subject.
resource "aws_ecs_task_definition" "shouting" { # expect: not_applicable host-network-root-user
  family                = "shouting"
  network_mode          = "HOST" # expect: problem refused says "must be one of `awsvpc`, `bridge`, `host`, `none`"
  container_definitions = jsonencode([{ name = "a", image = "app:1" }])
}
