# What a plan knows of other resources without their being there: the types of their attributes,
# the defaults of the provider, and nested blocks.

resource "aws_efs_file_system" "data" {
  creation_token = "data"
}

resource "aws_iam_role" "task" {
  name               = "task"
  assume_role_policy = jsonencode({})
  path               = null
}

resource "aws_ecr_repository" "app" {
  name = "app"
}

resource "aws_lb_target_group" "web" {
  name   = "web"
  port   = 8080
  vpc_id = "vpc-1"

  protocol = "HTTP"

  health_check {
    path     = "/healthy"
    interval = 15
  }
}

resource "aws_sqs_queue" "jobs" {
  name                       = "jobs"
  visibility_timeout_seconds = null
}

resource "aws_route53_record" "web" {
  zone_id = "Z1"
  name    = "web.example.com"
  type    = "CNAME"
  ttl     = 60
  records = ["lb.example.com"]
}

resource "aws_docdb_cluster" "documents" {
  cluster_identifier  = "documents-1"
  master_username     = "app"
  skip_final_snapshot = true
}

resource "aws_redshift_cluster" "warehouse" {
  cluster_identifier = "warehouse"
  node_type          = "ra3.large"
}

resource "aws_db_instance" "data" {
  identifier          = "data"
  instance_class      = "db.t4g.micro"
  skip_final_snapshot = true
}

resource "aws_neptune_cluster" "graph" {}

resource "aws_elasticache_replication_group" "cache" {
  replication_group_id = "cache"
  description          = "cache"
}

resource "aws_rds_cluster" "data" {
  cluster_identifier = lower("DATA")
  engine             = "aurora-postgresql"
}

resource "aws_cloudwatch_event_rule" "nightly" {
  schedule_expression = "rate(1 day)"
}

resource "terraform_data" "empty" {}

locals {
  id = aws_efs_file_system.data.id

  # A string is no collection, whatever it will be.
  of_collections = [
    can(tolist(local.id)) ? "a list" : "no list",
    can(keys(aws_efs_file_system.data.arn)) ? "a map" : "no map",
    try(keys(aws_ecr_repository.app.repository_url)[0], "no keys"),
    try(tolist(local.id)[0], tomap(local.id).a, "neither"),
  ]
}

resource "aws_ecs_task_definition" "types" {
  family = "types"

  container_definitions = jsonencode([
    for at, text in local.of_collections : {
      name        = "c${at}"
      image       = "app:1"
      environment = [{ name = "TEXT", value = text }]
    }
  ])
}

resource "aws_ecs_task_definition" "defaults" {
  family       = "defaults"
  network_mode = aws_lb_target_group.web.target_type == "instance" ? "bridge" : "awsvpc"

  container_definitions = jsonencode([{
    name  = "app"
    image = "app:1"
    healthCheck = {
      command = [
        "CMD-SHELL",
        "curl localhost:${aws_lb_target_group.web.port}${aws_lb_target_group.web.health_check[0].path}",
      ]
      interval = one(aws_lb_target_group.web.health_check).interval
    }
    environment = [
      { name = "ROLE_PATH", value = aws_iam_role.task.path },
      { name = "SESSION", value = tostring(aws_iam_role.task.max_session_duration) },
      { name = "TAGS", value = aws_ecr_repository.app.image_tag_mutability },
      { name = "VISIBLE", value = "${aws_sqs_queue.jobs.visibility_timeout_seconds * 2} s" },
      { name = "HOST", value = "https://${aws_route53_record.web.name}/" },
      { name = "CHECKED", value = join(":", aws_lb_target_group.web.health_check[*].port) },
      { name = "CHECK", value = aws_lb_target_group.web.health_check[0].protocol },
      { name = "RECORD", value = aws_route53_record.web.type },
      { name = "ZONE", value = aws_route53_record.web.zone_id },
      { name = "DOCUMENTS", value = "${aws_docdb_cluster.documents.cluster_identifier}:${aws_docdb_cluster.documents.port}" },
      { name = "GRAPH", value = "${aws_neptune_cluster.graph.engine}:${aws_neptune_cluster.graph.port}" },
      { name = "WAREHOUSE", value = "${aws_redshift_cluster.warehouse.cluster_identifier}:${aws_redshift_cluster.warehouse.port}" },
      { name = "DATABASE", value = aws_db_instance.data.identifier },
      { name = "CLUSTER", value = "${aws_rds_cluster.data.cluster_identifier} ${aws_rds_cluster.data.engine_mode}" },
      { name = "CACHE", value = aws_elasticache_replication_group.cache.engine },
      { name = "BUS", value = aws_cloudwatch_event_rule.nightly.event_bus_name },
      { name = "TAGGED", value = jsonencode(merge(aws_ecr_repository.app.tags, { app = "app" })) },
      { name = "NOTHING", value = terraform_data.empty.output == null ? "null" : "set" },
    ]
  }])
}
