# Calls that fail: a function that does not exist, and ones that do not take their arguments.
variable "which" {
  default = "key"
}

resource "aws_ecs_task_definition" "this" {
  family       = "x"
  network_mode = "host"
  container_definitions = jsonencode([{
    name  = "a"
    image = "a"
    user  = "1000"
    command = [
      var.which == "key" ? { a = "1" }["b"] : "",
      var.which == "index" ? element([], 0) : "",
      var.which == "number" ? tonumber("x") : "",
      var.which == "null" ? "${null}" : "",
      var.which == "type" ? join(",", "x") : "",
      var.which == "coalesce" ? coalesce(null, "") : "",
      var.which == "one" ? one(["a", "b"]) : "",
    ]
  }])
}
