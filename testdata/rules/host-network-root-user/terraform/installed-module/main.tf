# A module from elsewhere that `terraform init` has put on disk is read there.
module "service" {
  source  = "example/service/aws"
  version = "1.0.0"
  user    = "0" # expect: fail host-network-root-user `"0"` for `module.service.aws_ecs_task_definition.this`
}
