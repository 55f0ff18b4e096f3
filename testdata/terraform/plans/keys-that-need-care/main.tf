# Keys of objects as expressions, reserved words, numbers and templates; later keys win in `merge`.
locals {
  key = "user"
  map = { (local.key) = "1", "${local.key}s" = "2", for = "3", null = "4", 5 = "6", "a.b" = "7", true = "8" }
}

resource "aws_ecs_task_definition" "this" {
  family       = local.map.for
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "keys", image = "i", command = keys(local.map), dockerLabels = local.map },
    { name = "reads", image = "i", user = local.map["null"], command = [local.map.users, local.map["5"], local.map[5], local.map["a.b"]] },
    merge({ name = "merged", image = "i", user = "1000" }, { "${local.key}" = "root" }, { for name in ["image"] : name => "merged" }),
    { name = "json", image = "i", user = jsondecode("{\"user\":\"1\",\"user\":\"0\"}").user },
  ])
}
