# What the provider writes of numbers, texts and structures that are zero, empty or null.
resource "aws_ecs_task_definition" "this" {
  family = "zeros"
  container_definitions = jsonencode([
    {
      name  = "written"
      image = "a"
      ulimits = [
        { name = "nofile" },
        { name = "core", hardLimit = 5, softLimit = null },
        { name = "", softLimit = 1 },
      ]
      linuxParameters = {
        tmpfs      = [{ containerPath = "/unset" }, { containerPath = "/null", size = null }, null]
        devices    = [null, {}]
        maxSwap    = 0
        swappiness = 0
      }
      logConfiguration = { logDriver = "", secretOptions = [null, {}], options = { a = null } }
      portMappings     = [{ containerPort = 0 }, { containerPort = 80, protocol = "", appProtocol = "" }]
      mountPoints      = [{ readOnly = false }]
      environment      = [{ value = "" }]
      essential        = false
      stopTimeout      = 0
    },
    {
      name               = "left-out"
      image              = "a"
      cpu                = 0
      versionConsistency = ""
      ulimits            = [{}, null, { hardLimit = 0 }, { name = "" }]
      portMappings       = [{ protocol = "" }]
      dependsOn          = [{ condition = "" }]
      environmentFiles   = [{ type = "" }]
      healthCheck        = {}
    },
    { cpu = 0, name = "", user = "0" },
  ])
}
