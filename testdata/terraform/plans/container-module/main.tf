# A module makes one container definition of many optional arguments and gives it encoded, as the well-known ones do.
module "app" {
  source                   = "./container"
  container_name           = "app"
  container_image          = "app:1"
  essential                = "true"
  container_memory         = 256
  readonly_root_filesystem = true
  map_environment          = { B = "2", A = 1, C = true }
  port_mappings            = [{ containerPort = 80, hostPort = 80, protocol = "tcp" }]
  user                     = "0:0"
}

module "sidecar" {
  source              = "./container"
  container_name      = "sidecar"
  container_image     = "sidecar:1"
  environment         = [{ name = "Z", value = "1" }, { name = "Y", value = "x,y" }]
  container_depends_on = [{ containerName = "app", condition = "START" }]
  secrets             = [{ name = "KEY", valueFrom = "arn:aws:ssm:eu-west-1:1:parameter/key" }]
  ulimits             = [{ name = "nofile", softLimit = 1, hardLimit = 2 }]
}

resource "aws_ecs_task_definition" "list" {
  family                = "list"
  network_mode          = "host"
  container_definitions = module.app.json_map_encoded_list
}

resource "aws_ecs_task_definition" "joined" {
  family                = "joined"
  network_mode          = "host"
  container_definitions = "[${module.app.json_map_encoded},${module.sidecar.json_map_encoded}]"
}

resource "aws_ecs_task_definition" "objects" {
  family                = "objects"
  network_mode          = "host"
  container_definitions = jsonencode([module.app.json_map_object, merge(module.sidecar.json_map_object, { user = "root" })])
}
