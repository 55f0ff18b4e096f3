resource "terraform_data" "user" {
  # expect: fail host-network-root-user `"root"` evidence root
  input            = "root"
  triggers_replace = ["1000"]
}

resource "null_resource" "user" {
  triggers = { user = "0" } # expect: fail host-network-root-user `"0"` evidence root
}

resource "local_file" "user" {
  filename = "${path.module}/user"
  content  = "root" # expect: fail host-network-root-user `"root"` evidence root
}

data "local_file" "users" {
  filename = "${path.module}/users.json"
}

data "null_data_source" "user" {
  inputs = { user = "root" } # expect: fail host-network-root-user `"root"` evidence root
}

resource "random_pet" "user" {
  prefix = "root"
}

resource "random_string" "user" {
  length = 4
}

data "aws_ecs_container_definition" "old" {
  task_definition = "app"
  container_name  = "a"
}

data "cloudinit_config" "user" {
  part {
    content = "root"
  }
}

moved {
  from = aws_ecs_task_definition.old
  to   = aws_ecs_task_definition.app
}

removed {
  from = aws_ecs_task_definition.gone

  lifecycle {
    destroy = false
  }
}

import {
  to = terraform_data.user
  id = "a"
}

check "users" {
  data "local_file" "other" {
    filename = "nowhere"
  }

  assert {
    condition     = false
    error_message = "never"
  }
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = terraform_data.user.output },
    # expect: pass host-network-root-user
    { name = "b", image = "app:1", user = terraform_data.user.triggers_replace[0] },
    { name = "c", image = "app:1", user = null_resource.user.triggers.user },
    { name = "d", image = "app:1", user = local_file.user.content },
    { name = "e", image = "app:1", user = jsondecode(data.local_file.users.content).app },
    { name = "f", image = "app:1", user = data.null_data_source.user.outputs.user },
    # expect: undetermined host-network-root-user `random_pet.user.id`
    { name = "g", image = "app:1", user = random_pet.user.id },
    # expect: undetermined host-network-root-user `random_string.user.result`
    { name = "h", image = "app:1", user = random_string.user.result },
    # expect: undetermined host-network-root-user `data.aws_ecs_container_definition.old.image`
    { name = "i", image = "app:1", user = data.aws_ecs_container_definition.old.image },
    # expect: undetermined host-network-root-user `data.cloudinit_config.user.rendered`
    { name = "j", image = "app:1", user = data.cloudinit_config.user.rendered },
  ])
}
