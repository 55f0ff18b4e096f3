# Conversions between lists, sets, maps and objects, with unlike elements.
locals {
  mixed   = [1, "two", true, null]
  objects = [{ a = 1 }, { a = "x" }]
  nested  = { list = tolist([1, "2"]), set = toset([true, "false"]), map = tomap({ a = 1, b = "c" }) }
}

resource "aws_ecs_task_definition" "this" {
  family       = "shapes"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "mixed", image = "i", command = [for item in local.mixed : item == null ? "null" : tostring(item)] },
    { name = "objects", image = "i", command = tolist(local.objects)[*].a },
    { name = "nested", image = "i", command = local.nested.list, entryPoint = local.nested.set, dockerLabels = local.nested.map },
    { name = "types", image = "i", command = [for value in [local.mixed, local.nested] : can(keys(value)) ? "object" : "list"] },
    { name = "concat", image = "i", command = [for value in concat(["a"], tolist([1, 2]), [true]) : tostring(value)] },
    { name = "coalescelist", image = "i", command = coalescelist([], ["x"]), user = tostring(length({ a = 1, b = 2 })) },
    { name = "contains", image = "i", user = contains(["0", "1"], "0") ? "0" : "1", command = [tostring(contains([1, 2], "1")), tostring(contains(local.mixed, true))] },
    { name = "merge", image = "i", dockerLabels = merge({ a = "1" }, null, tomap({ b = "2" })) },
    { name = "defaults", image = "i", dockerLabels = { for pair in setproduct(["a"], ["b", "c"]) : join(".", pair) => pair[1] } },
    { name = "ranges", image = "i", command = [for number in range(1, 8, 3) : format("%02d", number)] },
  ])
}
