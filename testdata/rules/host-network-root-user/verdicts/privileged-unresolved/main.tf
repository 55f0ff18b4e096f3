# A privilege that is not known stands in the way of a failure, not of a pass.
resource "aws_instance" "host" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
}

locals {
  # expect: undetermined host-network-root-user `aws_instance.host.cpu_core_count`
  large = aws_instance.host.cpu_core_count > 2
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", privileged = local.large },
    { name = "b", image = "app:1", privileged = local.large, user = "0" },
    { name = "c", image = "app:1", privileged = local.large, user = "1000" }, # expect: pass host-network-root-user
    # expect: undetermined host-network-root-user
    { name = "d", image = "app:1", privileged = local.large, user = aws_instance.host.id },
  ])
}
