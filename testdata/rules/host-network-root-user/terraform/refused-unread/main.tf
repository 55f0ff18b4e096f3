# What a plan would refuse is a problem also where no rule reads it.
resource "aws_ecs_task_definition" "names" {
  family        = "names"
  network_mode  = "host"
  task_role_arn = aws_iam_role.nowhere.arn # expect: problem refused
  cpu           = "a${local.nowhere}"      # expect: problem refused
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "1000" }, # expect: pass host-network-root-user
  ])
}

resource "aws_ecs_task_definition" "types" {
  family       = "types"
  network_mode = "host"
  container_definitions = jsonencode([{
    name        = "b" # expect: pass host-network-root-user
    image       = "app:1"
    user        = "1000"
    memory      = "128"                      # expect: problem refused `"128"`
    command     = "serve"                    # expect: problem refused `"serve"`
    environment = [{ name = "A", value = 1 }] # expect: problem refused "1" says "must be a string"
  }])
}

# expect: problem refused says "`family` is required"
resource "aws_ecs_task_definition" "nameless" {
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "c", image = "app:1", user = "1000" }, # expect: pass host-network-root-user
  ])
}

# Nobody plans what is not there.
resource "aws_ecs_task_definition" "absent" {
  count        = 0
  family       = local.nowhere
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "d", image = "app:1", user = "1000" },
  ])
}

resource "aws_ecs_task_definition" "condition" {
  family       = "condition"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "e", image = "app:1", user = "1000" }, # expect: pass host-network-root-user
  ])
  lifecycle {
    precondition {
      condition     = var.replicas > 1 # expect: problem refused says "does not meet this condition"
      error_message = "Too few."
    }
  }
}

resource "aws_ecs_task_definition" "twice" {
  family       = "twice"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "f", image = "app:1", user = "1000" }, # expect: pass host-network-root-user
  ])
  # expect: problem refused `ephemeral_storage`
  ephemeral_storage {
    size_in_gib = 21
  }
  ephemeral_storage {
    size_in_gib = 22
  }
}

variable "replicas" {
  default = 1
}

variable "level" {
  type    = number
  default = "high" # expect: problem refused `"high"`
}

variable "never_null" {
  default  = null # expect: problem refused `null` says "cannot be null"
  nullable = false
}

variable "ports" {
  type    = object({ list = optional(list(number), ["eighty"]) }) # expect: problem refused `"eighty"`
  default = {}
}
