# Where a comment may stand, and what it covers.
# ecslint: ignore[host-network-root-user] nothing but the next line and what starts there
resource "aws_ecs_task_definition" "block" {
  family                = "block"
  network_mode          = "host"
  container_definitions = <<-EOF
    [{"name": "heredoc", "image": "x", "user": "0"}]
  EOF
}

resource "aws_ecs_task_definition" "lines" {
  family       = "lines"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "own", image = "x", user = "0" }, // ecslint: ignore[host-network-root-user] until=9999-12-31 its own line
    {
      name  = "inner"
      image = "x"
      user  = "0" # ecslint: ignore[host-network-root-user] the place of the finding
    },
    # expect@+2: fail unused-ignore evidence ended
    # expect@+2: fail host-network-root-user
    { name = "ended", image = "x", # ecslint: ignore[host-network-root-user] until=2025-12-31 for a while
    user = "0" },
    # expect@+2: fail host-network-root-user
    # ecslint: ignore[privileged-container, host-network-root-user] not across an empty line, expect@+0: fail unused-ignore

    { name = "far", image = "x", user = "0" },
  ])
}
