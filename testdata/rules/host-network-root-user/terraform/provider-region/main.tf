# The region and its partition are those of the provider, where the source says which.
provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "china"
  region = local.china
}

locals {
  china = "cn-north-1"
}

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_partition" "china" {
  provider = aws.china
}

data "aws_caller_identity" "current" {}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: fail host-network-root-user `"root"` evidence root
    { name = "a", image = "app:1", user = data.aws_region.current.name == "eu-west-1" ? "root" : "1000" },
    { name = "b", image = "app:1", user = { aws = "1000" }[data.aws_partition.current.partition] }, # expect: pass host-network-root-user
    # expect: fail host-network-root-user `"root"` evidence root
    { name = "c", image = "app:1", user = { aws = "1000", aws-cn = "root" }[data.aws_partition.china.id] },
    # expect: undetermined host-network-root-user `data.aws_caller_identity.current.account_id`
    { name = "d", image = "app:1", user = data.aws_caller_identity.current.account_id },
  ])
}

module "china" {
  source    = "./module"
  providers = { aws = aws.china }
}

module "here" {
  source = "./module"
}
