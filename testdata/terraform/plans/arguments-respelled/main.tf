# What the provider makes of the arguments of other resources: spelled anew, left out where they
# set nothing, and as they are otherwise.
variable "nothing" {
  default = ""
}

resource "aws_alb" "web" {
  name    = "web"
  subnets = ["subnet-1", "subnet-2"]
}

resource "aws_alb_target_group" "web" {
  name     = "web"
  port     = 8080
  protocol = "HTTP"
  vpc_id   = "vpc-1"

  health_check {
    path = "/up"
  }
}

resource "aws_lb_listener" "tls" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1"
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-2016-08"
  certificate_arn   = "arn:aws:acm:eu-west-1:123456789012:certificate/1"

  default_action {
    type             = "forward"
    target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/1"
  }
}

resource "aws_security_group_rule" "web" {
  type              = "ingress"
  from_port         = 8080
  to_port           = 8080
  protocol          = "tcp"
  cidr_blocks       = ["10.0.0.0/8"]
  security_group_id = "sg-1"
}

resource "aws_sqs_queue" "jobs" {
  name           = "jobs"
  redrive_policy = jsonencode({ maxReceiveCount = 4, deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:dead" })
}

resource "aws_db_instance" "data" {
  identifier         = "data"
  engine             = "postgres"
  instance_class     = "db.t4g.micro"
  maintenance_window = "sun:04:00-sun:05:00"
}

resource "aws_secretsmanager_secret_version" "settings" {
  secret_id     = "settings"
  secret_string = "{ \"debug\": true }"
}

resource "aws_ecs_cluster" "empty" {
  name = "empty"
  tags = {}
}

resource "aws_ecs_cluster" "tagged" {
  name = "tagged"
  tags = { stage = "test", owner = null }
}

resource "aws_cloudwatch_log_group" "web" {
  name       = "web"
  kms_key_id = var.nothing
}

resource "aws_lambda_function" "hook" {
  function_name = "hook"
  role          = "arn:aws:iam::123456789012:role/hook"
  image_uri     = "hook:1"
  package_type  = "Image"
  layers        = []
}

resource "aws_ecs_task_definition" "this" {
  family       = "this"
  network_mode = aws_alb_target_group.web.target_type == "instance" ? "host" : "awsvpc"

  container_definitions = jsonencode([{
    name  = "app"
    image = "app:1"
    user  = aws_alb.web.load_balancer_type == "application" ? "root" : "1000"
    environment = [
      { name = "CHECK", value = "${aws_alb_target_group.web.health_check[0].protocol}${aws_alb_target_group.web.health_check[0].path}" },
      { name = "LISTENER", value = "${aws_lb_listener.tls.protocol} ${aws_lb_listener.tls.ssl_policy}" },
      { name = "RULE", value = aws_security_group_rule.web.protocol },
      { name = "REDRIVE", value = aws_sqs_queue.jobs.redrive_policy },
      { name = "DATABASE", value = "${aws_db_instance.data.engine} ${aws_db_instance.data.maintenance_window}" },
      { name = "SETTINGS", value = nonsensitive(aws_secretsmanager_secret_version.settings.secret_string) },
      { name = "EMPTY", value = jsonencode(aws_ecs_cluster.empty.tags) },
      { name = "TAGS", value = jsonencode(aws_ecs_cluster.tagged.tags) },
      { name = "KEY", value = "[${aws_cloudwatch_log_group.web.kms_key_id}]" },
      { name = "LAYERS", value = jsonencode(aws_lambda_function.hook.layers) },
    ]
  }])
}
