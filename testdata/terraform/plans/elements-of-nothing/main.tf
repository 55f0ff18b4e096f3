# The provider takes elements that set nothing out of some lists of a container.

variable "extra_environment" {
  type    = list(map(string))
  default = [{}]
}

variable "mounts" {
  type    = list(object({ sourceVolume = optional(string), containerPath = optional(string) }))
  default = [{}, { containerPath = "/data" }]
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"

  container_definitions = jsonencode([{
    name         = "app"
    image        = "app:1"
    user         = "0"
    command      = ["", "run"]
    environment  = concat([{ name = "A", value = "" }, { name = "", value = "" }], var.extra_environment)
    mountPoints  = var.mounts
    secrets      = [{}]
    portMappings = [null, {}, { containerPort = 80 }, { hostPort = 0 }]
    dependsOn    = [{ containerName = null }]
    ulimits      = [{}, { name = "nofile", softLimit = 1, hardLimit = 2 }]
    volumesFrom  = [{ sourceContainer = "other" }, { condition = "of no such member" }]

    # Not out of these.
    linuxParameters  = { devices = [{}] }
    logConfiguration = { logDriver = "awslogs", secretOptions = [{}] }
  }])
}
