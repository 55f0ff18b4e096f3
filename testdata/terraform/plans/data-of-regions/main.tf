# What the provider tells of regions and services from its own tables.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  default_tags {
    tags = { Team = "a", Nothing = null, Count = 1 }
  }
}

provider "aws" {
  alias                       = "china"
  region                      = "cn-north-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

data "aws_region" "here" {}

data "aws_region" "gov" {
  name = "us-gov-west-1"
}

data "aws_partition" "china" {
  provider = aws.china
}

data "aws_billing_service_account" "here" {}

data "aws_billing_service_account" "china" {
  provider = aws.china
}

data "aws_cloudfront_log_delivery_canonical_user_id" "here" {}

data "aws_cloudfront_log_delivery_canonical_user_id" "china" {
  provider = aws.china
}

data "aws_cloudtrail_service_account" "here" {}

data "aws_default_tags" "here" {}

data "aws_default_tags" "china" {
  provider = aws.china
}

data "aws_elastic_beanstalk_hosted_zone" "here" {}

data "aws_elb_hosted_zone_id" "here" {}

data "aws_elb_service_account" "here" {}

data "aws_elb_service_account" "gov" {
  region = "us-gov-west-1"
}

data "aws_lb_hosted_zone_id" "here" {}

data "aws_lb_hosted_zone_id" "network" {
  load_balancer_type = "network"
  region             = "eu-west-2"
}

data "aws_redshift_service_account" "here" {}

data "aws_service_principal" "tasks" {
  service_name = "ecs-tasks"
}

data "aws_service_principal" "china" {
  service_name = "logs"
  region       = "cn-north-1"
}

data "aws_service_principal" "isolated" {
  service_name = "logs"
  region       = "us-iso-east-1"
}

resource "aws_ecs_task_definition" "this" {
  family       = "regions"
  network_mode = data.aws_service_principal.tasks.name == "ecs-tasks.amazonaws.com" ? "host" : "awsvpc"
  container_definitions = jsonencode([{
    name  = "app"
    image = "app"
    user  = data.aws_elb_service_account.here.id == "156460612806" ? "0" : "1"
    environment = [
      { name = "REGION", value = "${data.aws_region.here.description} ${data.aws_region.here.endpoint}" },
      { name = "GOV", value = "${data.aws_region.gov.description} ${data.aws_region.gov.endpoint}" },
      { name = "PARTITION", value = "${data.aws_partition.china.id} ${data.aws_partition.china.dns_suffix} ${data.aws_partition.china.reverse_dns_prefix}" },
      { name = "BILLING", value = data.aws_billing_service_account.here.id },
      { name = "BILLING_CHINA", value = data.aws_billing_service_account.china.arn },
      { name = "LOG_DELIVERY", value = data.aws_cloudfront_log_delivery_canonical_user_id.here.id },
      { name = "LOG_DELIVERY_CHINA", value = data.aws_cloudfront_log_delivery_canonical_user_id.china.id },
      { name = "CLOUDTRAIL", value = data.aws_cloudtrail_service_account.here.arn },
      { name = "TAGS", value = jsonencode(data.aws_default_tags.here.tags) },
      { name = "NO_TAGS", value = jsonencode(data.aws_default_tags.china.tags) },
      { name = "BEANSTALK", value = data.aws_elastic_beanstalk_hosted_zone.here.id },
      { name = "BALANCER_ZONE", value = data.aws_elb_hosted_zone_id.here.id },
      { name = "BALANCERS", value = data.aws_elb_service_account.here.arn },
      { name = "BALANCERS_GOV", value = data.aws_elb_service_account.gov.arn },
      { name = "APPLICATION_ZONE", value = data.aws_lb_hosted_zone_id.here.id },
      { name = "NETWORK_ZONE", value = data.aws_lb_hosted_zone_id.network.id },
      { name = "REDSHIFT", value = data.aws_redshift_service_account.here.arn },
      { name = "TASKS", value = "${data.aws_service_principal.tasks.id} ${data.aws_service_principal.tasks.name}" },
      { name = "CHINA", value = "${data.aws_service_principal.china.id} ${data.aws_service_principal.china.name}" },
      { name = "ISOLATED", value = data.aws_service_principal.isolated.suffix },
    ]
  }])
}
