terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

data "aws_ssm_parameter" "worker_uid" {
  name = "/shop/worker-uid"
}

module "shop" {
  source = "./modules/service"
  name   = "shop"
  containers = [
    { name = "shop", image = "example/shop:3.2", user = "10001" },
    { name = "envoy", image = "example/envoy:1.31", user = local.proxy_user },
  ]
}

module "worker" {
  source = "./modules/service"
  name   = "worker"
  containers = [
    { name = "worker", image = "example/worker:3.2", user = data.aws_ssm_parameter.worker_uid.value },
  ]
}

locals {
  proxy_user = "0:1337"
}

resource "aws_ecs_task_definition" "node_agent" {
  family       = "node-agent"
  network_mode = "host"
  pid_mode     = "host"

  container_definitions = templatefile("${path.module}/node-agent.json.tftpl", {
    image = "example/node-agent:0.9"
    debug = var.debug
  })
}
