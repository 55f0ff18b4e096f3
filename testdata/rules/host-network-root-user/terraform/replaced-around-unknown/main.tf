# Numbers lose their quotes by a regular expression, as in older modules, in JSON of which something
# is known only after apply. That is the image: the users stand here.
resource "aws_ecr_repository" "app" {
  name = "app"
}

locals {
  numbers = "/\"([0-9]+\\.?[0-9]*)\"/"
  app = {
    name        = "app"
    image       = "${aws_ecr_repository.app.repository_url}:latest"
    user        = "root" # expect: fail host-network-root-user
    memory      = "512"
    environment = [{ name = "REPOSITORY", value = aws_ecr_repository.app.arn }]
  }
  log = {
    name       = "log"
    image      = "${aws_ecr_repository.app.repository_url}:log"
    user       = "string:0" # expect: fail host-network-root-user
    privileged = "false"
  }
}

resource "aws_ecs_task_definition" "numbers" {
  family                = "numbers"
  network_mode          = "host"
  container_definitions = replace(jsonencode([local.app]), local.numbers, "$1")
}

# What is not a number is marked so, and the mark is taken away.
resource "aws_ecs_task_definition" "marked" {
  family       = "marked"
  network_mode = "host"
  container_definitions = replace(
    replace(jsonencode([local.log]), "/\"([0-9]+|true|false)\"/", "$1"), "string:", ""
  )
}
