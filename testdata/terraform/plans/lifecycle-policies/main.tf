# Lifecycle policies of repositories: what is left out, what is empty, and blocks that are made.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

variable "prefixes" {
  type    = list(string)
  default = ["prod", "é<&>"]
}

data "aws_ecr_lifecycle_policy_document" "written" {
  rule {
    priority    = 1
    description = "Keeps \"a few\" & no more"
    selection {
      tag_status      = "tagged"
      tag_prefix_list = var.prefixes
      count_type      = "imageCountMoreThan"
      count_number    = "100"
    }
  }
  rule {
    priority = 2
    selection {
      tag_status       = "untagged"
      tag_pattern_list = ["x*"]
      count_type       = "sinceImagePushed"
      count_unit       = "days"
      count_number     = 14
    }
    action {
      type = "expire"
    }
  }
}

data "aws_ecr_lifecycle_policy_document" "made" {
  dynamic "rule" {
    for_each = var.prefixes
    content {
      priority    = rule.key + 1
      description = ""
      selection {
        tag_status      = "any"
        tag_prefix_list = []
        count_type      = "imageCountMoreThan"
        count_unit      = null
        count_number    = 5
      }
    }
  }
}

resource "aws_ecs_task_definition" "web" {
  family       = "web"
  network_mode = "host"
  container_definitions = jsonencode([
    {
      name  = "web"
      image = "i"
      user  = length(jsondecode(data.aws_ecr_lifecycle_policy_document.made.json).rules) == 2 ? "root" : "app"
      environment = [
        { name = "WRITTEN", value = data.aws_ecr_lifecycle_policy_document.written.json },
        { name = "MADE", value = data.aws_ecr_lifecycle_policy_document.made.json },
      ]
    },
  ])
}
