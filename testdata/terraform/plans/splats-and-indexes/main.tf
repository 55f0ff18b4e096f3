# Splats over lists, objects and null; indices with names, numbers and the old dots.
locals {
  list  = [{ name = "x", ports = [1, 2] }, { name = "y", ports = [3] }]
  one   = { name = "only", tags = { "a-b" = "dash" } }
  none  = null
  empty = []
}

resource "aws_ecs_task_definition" "this" {
  family       = local.one["name"]
  network_mode = local.one.tags["a-b"] == "dash" ? "host" : "none"
  container_definitions = jsonencode([
    { name = "full", image = "i", command = local.list[*].name, user = tostring(local.list[1].ports[0] - 3) },
    { name = "attribute", image = "i", command = local.list.*.name, user = local.list.0.name },
    { name = "single", image = "i", command = local.one[*].name },
    { name = "null", image = "i", command = concat(local.none[*], local.empty[*]) },
    { name = "deep", image = "i", command = [for ports in local.list[*].ports : join("-", ports)], cpu = sum(flatten(local.list[*].ports)) },
    { name = "index", image = "i", command = local.list[*].ports[0] == [1, 3] ? ["yes"] : ["no"], user = "${local.list[length(local.list) - 1].name}" },
    { name = "key", image = "i", user = local.one.tags[join("-", ["a", "b"])] },
  ])
}
