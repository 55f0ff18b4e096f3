# YAML from a template into which something goes that is known only after apply: it is a part of the
# scalars in which it stands, and all others are known.
resource "aws_ecr_repository" "app" {
  name = "app"
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode(yamldecode(templatefile("${path.module}/containers.yaml", {
    repository = aws_ecr_repository.app.repository_url # expect: undetermined host-network-root-user
  })))
}
