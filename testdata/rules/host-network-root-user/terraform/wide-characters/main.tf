# Columns count characters, whatever their length in bytes.
locals {
  grüße = "日本語"
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "größe", image = "日本語:1", user = "0" }, # expect: fail host-network-root-user col 47 `"0"`
  ])
}
