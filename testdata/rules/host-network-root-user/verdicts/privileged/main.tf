# A privileged container has opted in and is the other rule's; false and null have not.
resource "aws_ecs_task_definition" "opted_in" { # expect: not_applicable host-network-root-user
  family       = "opted-in"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: not_applicable host-network-root-user
    # expect: fail privileged-container "true"
    { name = "a", image = "app:1", privileged = true },
    # expect: not_applicable host-network-root-user
    # expect: fail privileged-container "true"
    { name = "b", image = "app:1", privileged = true, user = "root" },
    # expect: not_applicable host-network-root-user
    # expect: fail privileged-container "true"
    { name = "c", image = "app:1", privileged = true, user = "1000" },
  ])
}

resource "aws_ecs_task_definition" "not" {
  family       = "not"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: pass privileged-container
    # expect: fail host-network-root-user `"d"` evidence unset
    { name = "d", image = "app:1", privileged = false },
    # expect: pass privileged-container
    # expect: fail host-network-root-user `"root"` evidence root
    { name = "e", image = "app:1", privileged = null, user = "root" },
    # expect: pass privileged-container
    # expect: pass host-network-root-user
    { name = "f", image = "app:1", privileged = false, user = "1000" },
  ])
}
