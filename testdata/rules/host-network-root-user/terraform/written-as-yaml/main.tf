# The help writes the member as the container is written: in YAML, and in HCL with colons or quotes.
resource "aws_ecs_task_definition" "from_yaml" {
  family                = "from-yaml"
  network_mode          = "host"
  container_definitions = jsonencode(yamldecode(file("${path.module}/containers.yaml")))
}

resource "aws_ecs_task_definition" "colons" {
  family       = "colons"
  network_mode = "host"
  container_definitions = jsonencode([
    { name : "colon", image : "app:1" },       # expect: fail host-network-root-user says "`user: \"1000\"`"
    { "name" = "quoted", "image" = "app:1" },  # expect: fail host-network-root-user says "`user = \"1000\"`"
    { "name" : "both", "image" : "app:1" },    # expect: fail host-network-root-user says "`\"user\": \"1000\"`"
  ])
}
