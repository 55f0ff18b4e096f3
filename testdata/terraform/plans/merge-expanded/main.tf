# `merge`, `concat` and `max` of expanded lists; merging is shallow, and null arguments are skipped.
locals {
  layers = [
    { user = "1000", logConfiguration = { logDriver = "awslogs", options = { a = "1" } } },
    null,
    { user = "0", logConfiguration = { logDriver = "json-file" } },
    {},
  ]
  by_name = [{ web = { image = "web" } }, { job = { image = "job", user = "1" } }]
  lists   = [["a"], [], ["b", "c"]]
}

resource "aws_ecs_task_definition" "this" {
  family       = "merge"
  network_mode = "host"
  container_definitions = jsonencode([
    merge(concat(local.layers, [{ name = "layers", image = "i" }])...),
    merge(local.layers[0], { name = "indexed", image = "i" }),
    { name = "names", image = "i", command = concat(local.lists...), cpu = max([1, 5, 3]...) },
    merge({ name = "expanded", image = "i" }, merge(local.by_name...)["job"]),
    merge(concat([{ name = "concat", image = "i" }], [for name, one in merge(local.by_name...) : one if name == "job"])...),
  ])
}
