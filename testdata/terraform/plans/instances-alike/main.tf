# Instances that only their keys tell apart, beside some that anything else does.
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

locals {
  users = { eu = "root", us = "1000" }
}

module "same" {
  source   = "./task"
  for_each = local.users
  user     = "root"
}

module "by_value" {
  source   = "./task"
  for_each = local.users
  user     = each.value
  labels   = { env = "test" }
}

module "by_index" {
  source = "./task"
  count  = 2
  user   = "root"
  labels = { index = count.index }
}

module "alone" {
  source = "./task"
  count  = 1
  user   = "alone"
}

module "none" {
  source = "./task"
  count  = 0
  user   = "none"
}

module "region" {
  source    = "./region"
  count     = 2
  providers = { aws = aws.us }
}

resource "aws_ecs_task_definition" "same" {
  count                 = 3
  family                = "same-${terraform.workspace}"
  container_definitions = jsonencode([{ name = "a", image = "a:${length(module.same)}" }])
}

resource "aws_ecs_task_definition" "volume" {
  count                 = 2
  family                = "volume"
  container_definitions = jsonencode([{ name = "a", image = "a:1" }])

  dynamic "volume" {
    for_each = ["data"]
    content {
      name = "${volume.value}-${count.index}"
    }
  }
}

resource "aws_ecs_task_definition" "collected" {
  family = "collected"
  container_definitions = jsonencode(concat(
    [for key, one in module.same : merge(one.container, { name = key })],
    [for at, one in module.by_index : merge(one.container, { name = "n${at}" })],
  ))
}
