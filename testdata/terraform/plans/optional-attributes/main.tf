# Object types fill what is left out, at every depth, and drop what they do not name.
variable "containers" {
  type = map(object({
    image     = string
    user      = optional(string, "1000")
    memory    = optional(number, 128)
    essential = optional(bool)
    logging = optional(object({
      driver  = optional(string, "json-file")
      options = optional(map(string), { tag = "default" })
    }), {})
    ports = optional(list(object({ port = number, protocol = optional(string, "tcp") })), [])
    extra = optional(any)
  }))
  default = {
    full = {
      image   = "full"
      user    = "0"
      memory  = "256"
      dropped = "this"
      ports   = [{ port = "80" }, { port = 53, protocol = "udp" }]
      logging = { options = { tag = 5 } }
    }
    least = { image = "least" }
    nulls = { image = "nulls", user = null, memory = null, logging = null, ports = null }
    half  = { image = "half", logging = { driver = null } }
  }
}

resource "aws_ecs_task_definition" "this" {
  for_each     = var.containers
  family       = each.key
  network_mode = "host"
  container_definitions = jsonencode([merge(
    { for name, value in each.value : name => value if !contains(["logging", "ports", "extra"], name) },
    {
      name         = each.key
      portMappings = [for port in each.value.ports : { containerPort = port.port, protocol = port.protocol }]
      logConfiguration = each.value.logging == null ? null : {
        logDriver = each.value.logging.driver
        options   = each.value.logging.options
      }
      dockerLabels = { dropped = tostring(can(each.value.dropped)), extra = tostring(each.value.extra == null) }
    },
  )])
}
