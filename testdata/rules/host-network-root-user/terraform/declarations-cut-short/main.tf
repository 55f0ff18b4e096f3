# What is not closed swallows what follows, a misspelt type is none, and a block in `locals` was meant to stand elsewhere.
variable "settings" {
  type = object({ # expect: problem refused "(" says "this `(` is not closed"
    user = optional(string, "0")
}

resource "aws_ecs_task_definition" "swallowed" {
  family                = "swallowed"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "app:1", user = "0" }])
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
  }
}
