# JSON in both kinds of heredoc keeps its lines and columns.
resource "aws_ecs_task_definition" "plain" {
  family       = "plain"
  network_mode = "host"
  # expect@+4: fail host-network-root-user col 40 `"root"`
  # expect@+4: pass host-network-root-user
  container_definitions = <<JSON
[
  {"name": "a", "image": "a:1", "user":"root"},
  {"name": "b", "image": "b:1", "user":"1000"}
]
JSON
}

resource "aws_ecs_task_definition" "indented" {
  family       = "indented"
  network_mode = "host"
  # expect@+6: fail host-network-root-user col 17 `"0"`
  # expect@+8: fail host-network-root-user col 17 `"d"`
  container_definitions = <<-EOT
    [
      {
        "name": "c",
        "user": "0"
      },
      {
        "name": "d"
      }
    ]
  EOT
}
