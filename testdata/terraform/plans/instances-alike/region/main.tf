terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

data "aws_region" "current" {}

resource "aws_ecs_task_definition" "this" {
  family                = "region"
  container_definitions = jsonencode([{ name = "a", image = "a:1", user = data.aws_region.current.name }])
}
