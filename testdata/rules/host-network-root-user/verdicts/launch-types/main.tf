# Fargate refuses host mode, which is said in a note; all launch types are judged alike.
resource "aws_ecs_task_definition" "fargate" {
  family                   = "fargate"
  network_mode             = "host"
  requires_compatibilities = ["FARGATE"]
  container_definitions = jsonencode([
    { name = "a", image = "app:1" }, # expect: fail host-network-root-user `"a"` says "Fargate refuses"
  ])
}

resource "aws_ecs_task_definition" "external" {
  family                   = "external"
  network_mode             = "host"
  requires_compatibilities = ["EXTERNAL"]
  container_definitions = jsonencode([
    { name = "b", image = "app:1" }, # expect: fail host-network-root-user `"b"`
  ])
}
