# References that JSON has as strings, and older sources too: the provider of a data source, those
# that a call passes, and the iterator of a `dynamic` block.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

provider "aws" {
  alias                       = "gov"
  region                      = "us-gov-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variable "user" {
  type = string
}

data "aws_region" "quoted" {
  provider = "aws.gov"
}

data "aws_region" "plain" {
  provider = "aws"
}

module "child" {
  source    = "./child"
  providers = { "aws" = "aws", "aws.other" = "aws.gov" }
}

resource "aws_ecs_task_definition" "quoted" {
  family       = "quoted"
  network_mode = data.aws_region.quoted.name == "us-gov-west-1" ? "host" : "bridge"
  container_definitions = jsonencode([
    { name = "web", image = data.aws_region.plain.name, user = var.user },
  ])
}
