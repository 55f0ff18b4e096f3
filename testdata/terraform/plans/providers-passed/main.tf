# Modules get providers by alias; the task definitions are the same.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

provider "aws" {
  alias                       = "us"
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

module "eu" {
  source = "./task"
  user   = "root"
}

module "us" {
  source    = "./task"
  providers = { aws = aws.us }
  user      = 1000
}

resource "aws_ecs_task_definition" "us" {
  provider              = aws.us
  family                = "us"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "us", image = "us", user = tostring(1e3) }])
}
