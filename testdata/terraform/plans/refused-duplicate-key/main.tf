# Two elements of a `for` under one key, without grouping.
resource "aws_ecs_task_definition" "this" {
  for_each              = { for user in ["1000", "1001"] : "same" => user }
  family                = each.key
  network_mode          = "host"
  container_definitions = jsonencode([{ name = "a", image = "a", user = each.value }])
}
