# Terraform keeps no ephemeral value in its state, so it refuses each of these arguments.
variable "user" {
  default   = "root" # expect: fail host-network-root-user `"root"`
  ephemeral = true
}

variable "instances" {
  ephemeral = true
}

ephemeral "aws_secretsmanager_secret_version" "token" {
  secret_id = "token"
}

resource "aws_ecs_task_definition" "web" {
  # expect: problem refused `family` says "this argument is kept in the state, and its value is ephemeral"
  family       = "web-${ephemeral.aws_secretsmanager_secret_version.token.secret_string}"
  network_mode = "host"
  # expect: problem refused `container_definitions`
  container_definitions = jsonencode([
    { name = "web", image = "web:1", user = var.user },
  ])
}

resource "aws_ecs_task_definition" "counted" {
  # expect: problem refused says "`count` is ephemeral"
  # expect: undetermined host-network-root-user
  count                 = var.instances
  family                = "counted"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "counted", image = "counted:1" }])
}

resource "aws_ecs_task_definition" "nothing" {
  family       = "nothing"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "nothing", image = "nothing:1", user = ephemeralasnull(var.user) }, # expect: fail host-network-root-user `ephemeralasnull(var.user)`
    { name = "known", image = "known:1", user = can(var.user) ? "1000" : "0" },  # expect: pass host-network-root-user
  ])
}
