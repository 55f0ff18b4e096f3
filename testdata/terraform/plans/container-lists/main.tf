# Containers of several sources come into one list by concat, flatten, setproduct, zipmap and slices.
locals {
  names  = ["a", "b", "c"]
  users  = ["0", "1000", "root"]
  zipped = zipmap(local.names, local.users)
  base   = [for name, user in local.zipped : { name = name, image = "base/${name}", user = user }]
  nested = [
    [{ name = "n1", image = "n", user = "1" }],
    [],
    [[{ name = "n2", image = "n", user = "0" }], { name = "n3", image = "n", user = "3" }],
  ]
  product = [
    for pair in setproduct(["eu", "us"], ["web", "job"]) : { name = "${pair[0]}-${pair[1]}", image = pair[1], user = pair[1] == "web" ? "root" : "1" }
  ]
}

resource "aws_ecs_task_definition" "all" {
  family                = "all"
  network_mode          = "host"
  container_definitions = jsonencode(concat(slice(local.base, 1, 3), flatten(local.nested), tolist(local.product)))
}

resource "aws_ecs_task_definition" "chunks" {
  for_each     = { for index, chunk in chunklist(local.names, 2) : "chunk${index}" => chunk }
  family       = each.key
  network_mode = "host"
  container_definitions = jsonencode([
    for name in each.value : { name = name, image = "i", user = local.zipped[name], command = formatlist("%s=%s", name, ["x", "y"]) }
  ])
}

resource "aws_ecs_task_definition" "matched" {
  family       = "matched"
  network_mode = "host"
  container_definitions = jsonencode([
    for pair in [for name in local.names : matchkeys(local.base, local.base[*].name, [name])] : one(pair)
  ])
  tags = transpose({ a = ["x"], b = ["y"] }) == null ? {} : { index = tostring(index(local.names, "b")) }
}
