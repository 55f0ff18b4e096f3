# Nothing of a circle can be planned first, though every value in it could be told.
resource "aws_ecs_task_definition" "this" {
  family       = "circle"
  network_mode = "host"
  tags = {
    Bucket = local.bucket
  }
  container_definitions = jsonencode([{ name = "app", image = "app:1" }])
}

locals {
  bucket = aws_s3_bucket.log.bucket
}

resource "aws_s3_bucket" "log" {
  bucket = "log"
  tags = {
    Family = aws_ecs_task_definition.this.family
  }
}
