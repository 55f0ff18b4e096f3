# JSON in a quoted string, with every quote escaped and letters written as escapes.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  # expect: fail host-network-root-user `\"root\"`
  container_definitions = "[{\"name\": \"a\", \"image\": \"a:1\", \"user\": \"root\"}]"
}

resource "aws_ecs_task_definition" "unicode" {
  family       = "unicode"
  network_mode = "host"
  # expect: fail host-network-root-user `\"\\u0030\"`
  container_definitions = "[{\"name\": \"b\", \"image\": \"a:1\", \"us\\u0065r\": \"\\u0030\"}]"
}
