# Arguments of other resources that the provider marks as sensitive are not shown here either.
resource "aws_ssm_parameter" "token" {
  name  = "/app/token"
  type  = "String"
  value = "t0ken"
}

resource "aws_secretsmanager_secret_version" "login" {
  secret_id     = "login"
  secret_string = jsonencode({ user = "root" })
}

resource "aws_route53_record" "app" {
  zone_id = "Z1"
  name    = "app.example.com"
  type    = "CNAME"
  ttl     = 60
  records = ["lb.example.com"]
}

resource "aws_ecs_task_definition" "this" {
  for_each = {
    token = aws_ssm_parameter.token.value
    login = jsondecode(aws_secretsmanager_secret_version.login.secret_string).user
    name  = aws_ssm_parameter.token.name
    host  = aws_route53_record.app.name
  }

  family = each.key
  container_definitions = jsonencode([{
    name        = "app"
    image       = "app:1"
    environment = [{ name = "VALUE", value = each.value }]
  }])
}
