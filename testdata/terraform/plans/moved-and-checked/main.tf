# Blocks that plan nothing themselves: moved, removed, import-free checks, and provisioners.
moved {
  from = aws_ecs_task_definition.old
  to   = aws_ecs_task_definition.new
}

removed {
  from = aws_ecs_task_definition.gone
  lifecycle {
    destroy = false
  }
}

check "user" {
  assert {
    condition     = !strcontains(aws_ecs_task_definition.new.container_definitions, "root")
    error_message = "Root."
  }
}

terraform {
  required_version = ">= 1.5"
}

resource "aws_ecs_task_definition" "new" {
  family                = "new"
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = "root" }])

  provisioner "local-exec" {
    command = "true"
  }

  lifecycle {
    ignore_changes = [tags]
    precondition {
      condition     = path.module == "."
      error_message = "No."
    }
    postcondition {
      condition     = self.family == "new"
      error_message = "No."
    }
  }
}

output "family" {
  value = aws_ecs_task_definition.new.family
}
