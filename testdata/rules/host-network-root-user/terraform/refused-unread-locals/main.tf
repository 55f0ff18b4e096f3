# Terraform evaluates locals and outputs that no task definition reads, and refuses the root for them.
locals {
  read   = file("${path.module}/user.txt")
  ports  = { web = tonumber("eighty") } # expect: problem refused `"eighty"` says "a number"
  absent = try(file("absent.txt"), "")
}

output "absent" {
  value = templatefile("absent.tftpl", {}) # expect: problem refused `"absent.tftpl"`
}

output "quoted" {
  value = "file(absent.txt)"
}

module "never" {
  source = "./never"
  count  = 0
}

resource "aws_ecs_task_definition" "this" { # expect: pass host-network-root-user
  family       = "this"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "app", image = "app:1", user = trimspace(local.read) },
  ])
}
