# Whether a boolean attribute is true can be asked, so that a failure is conditional on it.
resource "aws_instance" "host" {
  ami           = "ami-12345678"
  instance_type = "t3.micro"
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: conditional privileged-container when "`aws_instance.host.ebs_optimized` is true"
    # expect: conditional host-network-root-user when "`aws_instance.host.ebs_optimized` is false" evidence unset
    { name = "a", image = "app:1", privileged = aws_instance.host.ebs_optimized },
    # expect: conditional privileged-container
    # expect: conditional host-network-root-user when "`aws_instance.host.ebs_optimized` is false" evidence root
    { name = "b", image = "app:1", privileged = aws_instance.host.ebs_optimized, user = "0" },
    # expect: conditional privileged-container
    # expect: pass host-network-root-user
    { name = "c", image = "app:1", privileged = aws_instance.host.ebs_optimized, user = "1000" },
  ])
}
