# One verdict for each key.
locals {
  tasks = {
    api = { mode = "host", user = "0" } # expect: fail host-network-root-user `"0"` for `aws_ecs_task_definition.app["api"]` also at main.tf:4
    job = { mode = "host", user = "1000" }
    web = { mode = "awsvpc", user = "0" }
  }
}

# expect: pass host-network-root-user for `aws_ecs_task_definition.app["job"]`
# expect: not_applicable host-network-root-user for `aws_ecs_task_definition.app["web"]`
resource "aws_ecs_task_definition" "app" {
  for_each     = local.tasks
  family       = each.key
  network_mode = each.value.mode
  container_definitions = jsonencode([
    { name = each.key, image = "app:1", user = each.value.user },
  ])
}

# expect: pass host-network-root-user
resource "aws_ecs_task_definition" "set" {
  for_each     = toset(["a", "b"])
  family       = each.value
  network_mode = "host"
  container_definitions = jsonencode([
    { name = each.key, image = "app:1", user = "app-${each.value}" },
  ])
}
