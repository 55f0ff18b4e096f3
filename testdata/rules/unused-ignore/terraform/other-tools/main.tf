# Suppressions of other tools are not obeyed, and the finding says so.
# ecslint: ignore[host-network-root-user] it must
# trivy:ignore:AWS-0000
resource "aws_ecs_task_definition" "x" {
  #checkov:skip=CKV_AWS_334:it must
  family       = "x"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: fail privileged-container says "write `# ecslint: ignore[privileged-container] reason`"
    { name = "a", image = "x", privileged = true },
    { name = "b", image = "x", user = "0" }, # expect: pass privileged-container
  ])
}
