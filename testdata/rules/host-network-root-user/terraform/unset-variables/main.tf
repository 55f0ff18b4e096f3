# A condition on a variable without a value is told: when it fails, and only where it matters.
variable "prod" {
  type = bool
}

variable "environment" {
  type = string
}

variable "uid" { # expect: undetermined host-network-root-user says "`var.uid` has no value"
  type = string
}

variable "privileged" { # expect: conditional privileged-container when "`var.privileged` is true"
  type = bool
}

resource "aws_ecs_task_definition" "boolean" {
  family       = "boolean"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: conditional host-network-root-user `"root"` evidence root when "`var.prod` is false"
    { name = "a", image = "app:1", user = var.prod ? "1000" : "root" },
  ])
}

resource "aws_ecs_task_definition" "equality" {
  family       = "equality"
  network_mode = var.environment == "prod" ? "awsvpc" : "host"
  container_definitions = jsonencode([
    # expect: conditional host-network-root-user `"b"` evidence unset when "`var.environment` is not \"prod\""
    { name = "b", image = "app:1" },
  ])
}

resource "aws_ecs_task_definition" "value" {
  family       = "value"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "c", image = "app:1", user = var.uid },
    { name = "d", image = "app:1", user = "1000:${var.uid}" }, # expect: pass host-network-root-user
  ])
}

resource "aws_ecs_task_definition" "privilege" {
  family       = "privilege"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: conditional host-network-root-user `"root"` evidence root when "`var.privileged` is not true"
    { name = "e", image = "app:1", user = "root", privileged = var.privileged },
  ])
}
