# What cannot be followed hides nothing, and is said.
resource "aws_ecs_task_definition" "x" {
  family       = "x"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect@+3: fail host-network-root-user
    # expect@+1: problem faulty-ignore "ignore[host-network-root-user]"
    # ecslint: ignore[host-network-root-user]
    { name = "a", image = "x", user = "0" },
    # expect@+3: fail host-network-root-user
    # expect@+1: problem faulty-ignore "host-network-root" says "did you mean `host-network-root-user`?"
    # ecslint: ignore[host-network-root] a rule that is none
    { name = "b", image = "x", user = "0" },
  ])
  # ecslint in a text is no comment
  tags = { note = "# ecslint: ignore[x]" }
}
