# A module that is not on disk may hold task definitions; one that is known to hold none does not matter.
# expect@+2: problem module-not-read says "terraform init"
module "service" {
  source  = "example/ecs-service/aws"
  version = "1.2.3"
}

module "empty" {
  source = "./empty" # expect: problem module-not-read `"./empty"` says "git submodule update --init"
}

module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}

resource "aws_ecs_task_definition" "app" { # expect: pass host-network-root-user
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "1000" },
  ])
}
