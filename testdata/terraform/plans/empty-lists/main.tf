# Task definitions without containers, in several forms.
resource "aws_ecs_task_definition" "empty" {
  for_each = {
    brackets = "[]"
    encoded  = jsonencode([])
    filtered = jsonencode([for name in ["a"] : { name = name } if name != "a"])
    spaces   = " [ ] "
  }
  family                = each.key
  network_mode          = "host"
  container_definitions = each.value
}
