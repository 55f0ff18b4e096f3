# Where a comment may stand, and what it covers.
# ecslint: ignore[host-network-root-user] the line below, with everything that starts on it
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
    # expect@+3: fail host-network-root-user
    # expect@+1: fail unused-ignore evidence ended col 23
    # ecslint: ignore[host-network-root-user] until=2025-12-31 for a while
    { name = "ended", image = "x", user = "0" },
    # expect@+4: fail host-network-root-user
    # expect@+1: fail unused-ignore evidence unused
    # ecslint: ignore[host-network-root-user] an empty line is between

    { name = "far", image = "x", user = "0" },
    # expect@+2: pass host-network-root-user
    # expect@+1: fail unused-ignore "privileged-container"
    { name = "safe", image = "x", user = "1" }, # ecslint: ignore[privileged-container] left behind
  ])
}
