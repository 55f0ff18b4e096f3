# A container is the same one in every world, also where its name depends on what decides its user.
variable "env" {}

resource "aws_ecs_task_definition" "named" {
  family       = "named"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "${var.env}-web", image = "app:1", user = var.env == "prod" ? "root" : "1000" }, # expect: conditional host-network-root-user "\"root\"" when "`var.env` is \"prod\"" says "container `prod-web`"
    { name = "log", image = "app:1", user = "1000" },                                         # expect: pass host-network-root-user
  ])
}

resource "aws_ecs_task_definition" "looped" {
  family       = "looped"
  network_mode = "host"
  container_definitions = jsonencode([
    for name in [var.env, "prod"] :
    { name = name, image = "app:1", user = var.env == "prod" ? "root" : "1000" } # expect: conditional host-network-root-user "\"root\"" when "`var.env` is \"prod\""
  ])
}
