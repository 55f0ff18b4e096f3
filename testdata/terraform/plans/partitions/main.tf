# The partitions that the regions of providers lie in, with the domains of their services.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

provider "aws" {
  alias                       = "cn"
  region                      = "cn-north-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

provider "aws" {
  alias                       = "gov"
  region                      = "us-gov-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

data "aws_partition" "here" {}

data "aws_partition" "cn" {
  provider = aws.cn
}

data "aws_partition" "gov" {
  provider = aws.gov
}

resource "aws_ecs_task_definition" "this" {
  for_each = {
    here = data.aws_partition.here
    cn   = data.aws_partition.cn
    gov  = data.aws_partition.gov
  }

  family       = each.key
  network_mode = each.value.partition == "aws" ? "host" : "awsvpc"
  container_definitions = jsonencode([{
    name  = "app"
    image = "123456789012.dkr.ecr.region.${each.value.dns_suffix}/app"
    user  = each.value.id == "aws-cn" ? "root" : "1000"
    environment = [
      { name = "PARTITION", value = each.value.partition },
      { name = "REVERSE", value = "${each.value.reverse_dns_prefix}.ecs" },
    ]
  }])
}
