data "aws_region" "current" {}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: fail host-network-root-user `"root"` evidence root for module.china.aws_ecs_task_definition.app
    { name = "e", image = "app:1", user = startswith(data.aws_region.current.name, "cn-") ? "root" : "1000" },
  ])
}
