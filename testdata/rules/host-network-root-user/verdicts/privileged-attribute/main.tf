# Nobody chooses what only apply tells, so no world turns on it: the user decides where it can.
resource "aws_instance" "host" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: undetermined privileged-container
    # expect: undetermined host-network-root-user
    { name = "a", image = "app:1", privileged = aws_instance.host.ebs_optimized },
    # expect: undetermined privileged-container
    # expect: undetermined host-network-root-user
    { name = "b", image = "app:1", privileged = aws_instance.host.ebs_optimized, user = "0" },
    # expect: undetermined privileged-container
    # expect: pass host-network-root-user
    { name = "c", image = "app:1", privileged = aws_instance.host.ebs_optimized, user = "1000" },
  ])
}
