# Data sources that take a name of AWS apart, or put one together.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

locals {
  roles = {
    role   = "arn:aws:iam::123456789012:role/task"
    secret = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:app/key-a1B2c3"
  }
}

data "aws_arn" "each" {
  for_each = local.roles
  arn      = each.value
}

data "aws_service" "logs" {
  service_id = "logs"
}

data "aws_service" "china" {
  service_id = "ecs"
  region     = "cn-north-1"
}

resource "aws_ecs_task_definition" "this" {
  for_each     = data.aws_arn.each
  family       = each.value.service
  network_mode = each.value.partition == "aws" ? "host" : "awsvpc"
  container_definitions = jsonencode([{
    name  = "app"
    image = "${each.value.account}.dkr.ecr.eu-west-1.amazonaws.com/app"
    user  = each.value.region == "" ? "root" : "1000"
    environment = [
      { name = "ARN", value = each.value.id },
      { name = "RESOURCE", value = each.value.resource },
      { name = "LOGS", value = data.aws_service.logs.dns_name },
      { name = "LOGS_REVERSED", value = data.aws_service.logs.reverse_dns_name },
      { name = "CHINA", value = data.aws_service.china.dns_name },
      { name = "CHINA_ID", value = data.aws_service.china.id },
    ]
  }])
}
