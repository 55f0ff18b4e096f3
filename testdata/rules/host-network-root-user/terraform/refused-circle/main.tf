# Terraform refuses resources that depend on one another in a circle, whatever the values are.
resource "aws_ecs_task_definition" "circle" { # expect: pass host-network-root-user
  family       = "circle"
  network_mode = "host"
  tags = {
    Bucket = local.bucket # expect: problem refused `local.bucket` says "`aws_s3_bucket.log`"
  }
  container_definitions = jsonencode([
    { name = "app", image = "app:1", user = "1000" },
  ])
}

locals {
  bucket = aws_s3_bucket.log.bucket
}

resource "aws_s3_bucket" "log" {
  bucket        = "log"
  force_destroy = true

  tags = {
    Family = aws_ecs_task_definition.circle.family
  }
}

# What it mentions in a text is no reference.
resource "aws_ecs_task_definition" "text" { # expect: pass host-network-root-user
  family       = "text"
  network_mode = "host"
  tags = {
    Bucket = aws_s3_bucket.text.bucket
  }
  container_definitions = jsonencode([
    { name = "app", image = "app:1", user = "1000" },
  ])
}

resource "aws_s3_bucket" "text" {
  bucket = "text"

  # See aws_ecs_task_definition.text.
  tags = {
    Owner = "aws_ecs_task_definition.text.family"
  }
  lifecycle {
    ignore_changes = [tags]
  }
}
