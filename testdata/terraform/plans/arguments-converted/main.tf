# Arguments of other resources are of the types of the provider: a number in quotes is a number, a
# list of subnets a set, whoever refers to them.
variable "port" {
  default = "8080"
}

variable "zones" {
  default = ["eu-west-1b", "eu-west-1a", "eu-west-1b"]
}

resource "aws_lb_target_group" "web" {
  name                 = "web"
  port                 = var.port
  protocol             = "HTTP"
  vpc_id               = "vpc-1"
  deregistration_delay = 30

  health_check {
    port     = 8081
    interval = "15"
  }
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "web"
  retention_in_days = "30"
  tags              = { level = 1 }
}

resource "aws_autoscaling_group" "hosts" {
  min_size           = "1"
  max_size           = 2
  availability_zones = var.zones
  launch_template {
    id = "lt-1"
  }
}

resource "aws_elasticache_replication_group" "cache" {
  replication_group_id       = "cache"
  description                = "cache"
  transit_encryption_enabled = "true"
}

resource "aws_route53_record" "web" {
  zone_id = "Z1"
  name    = "*.example.com"
  type    = "A"
  ttl     = "60"
  records = ["192.0.2.2", "192.0.2.1"]
}

resource "aws_ecs_task_definition" "service" {
  family                   = "service"
  cpu                      = 256
  requires_compatibilities = ["FARGATE", "EC2"]
  container_definitions    = jsonencode([{ name = "web", image = "web:1" }])
}

resource "aws_ecs_task_definition" "this" {
  family       = "this"
  network_mode = aws_ecs_task_definition.service.cpu == 256 ? "host" : "bridge"
  container_definitions = jsonencode([{
    name         = "app"
    image        = "app:1"
    portMappings = [{ containerPort = aws_lb_target_group.web.port }]
    stopTimeout  = aws_cloudwatch_log_group.web.retention_in_days
    healthCheck  = { interval = aws_lb_target_group.web.health_check[0].interval, command = ["true"] }
    environment = [
      { name = "CPU", value = aws_ecs_task_definition.service.cpu },
      { name = "DELAY", value = aws_lb_target_group.web.deregistration_delay },
      { name = "PORT", value = aws_lb_target_group.web.health_check[0].port },
      { name = "LAUNCH", value = tolist(aws_ecs_task_definition.service.requires_compatibilities)[0] },
      { name = "SIZE", value = jsonencode(aws_autoscaling_group.hosts.min_size) },
      { name = "ZONES", value = join(",", aws_autoscaling_group.hosts.availability_zones) },
      { name = "TAGS", value = jsonencode(aws_cloudwatch_log_group.web.tags) },
      { name = "CACHE", value = aws_elasticache_replication_group.cache.transit_encryption_enabled ? "rediss" : "redis" },
      { name = "RECORDS", value = "${aws_route53_record.web.name} ${join(",", aws_route53_record.web.records)}" },
    ]
  }])
}
