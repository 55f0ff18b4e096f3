# What a plan would refuse is a problem at the member; the rest is judged, a number as a UID.
resource "aws_ecs_task_definition" "number" {
  family       = "number"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: problem refused "0"
    # expect: fail host-network-root-user "0" evidence root
    { name = "a", image = "app:1", user = 0 },
    { name = "b", image = "app:1", user = 1000 }, # expect: problem refused "1000"
  ])
}

resource "aws_ecs_task_definition" "flag" {
  family       = "flag"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: problem refused `"true"`
    # expect: undetermined host-network-root-user
    # expect: undetermined privileged-container
    { name = "c", image = "app:1", user = "root", privileged = "true" },
  ])
}

resource "aws_ecs_task_definition" "object" {
  family       = "object"
  network_mode = "host"
  # expect: problem refused
  # expect: undetermined host-network-root-user
  # expect: undetermined privileged-container
  container_definitions = jsonencode({ name = "d", image = "app:1", user = "root" })
}
