# Sets have no doubles and their own order; maps are ordered by key; both by code point.
locals {
  names   = toset(["b", "a", "B", "10", "9", "a", "é", "_"])
  numbers = toset([10, 9, 1.5, "9"])
  map     = { zeta = 1, Alpha = 2, beta = 3, "0" = 4 }
}

resource "aws_ecs_task_definition" "this" {
  family       = "sets"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "names", image = "i", command = tolist(local.names), user = tolist(local.names)[0] },
    { name = "numbers", image = "i", command = [for number in local.numbers : tostring(number)] },
    { name = "keys", image = "i", command = keys(local.map), user = tostring(values(local.map)[0]) },
    { name = "algebra", image = "i", command = setunion(setsubtract(local.names, ["a", "b"]), setintersection(["z", "10"], local.names), ["0"]) },
    { name = "product", image = "i", command = [for pair in setproduct(["x", "y"], toset(["2", "1"])) : join("", pair)] },
    { name = "sorted", image = "i", command = sort(["b", "A", "a", "10", "9"]), user = max(values(local.map)...) == 4 ? "0" : "1" },
    { name = "merged", image = "i", dockerLabels = { for name, value in merge(local.map, { beta = 9 }) : name => tostring(value) } },
    { name = "equal", image = "i", user = toset([1, 2]) == toset([2, 1, 1]) ? "same" : "other" },
    { name = "distinct", image = "i", command = distinct(["c", "a", "c", "b"]) },
  ])
}
