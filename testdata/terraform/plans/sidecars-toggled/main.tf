# Variables turn sidecars on and off, by conditionals, `for` filters and lists of booleans.
variable "enable_xray" {
  type    = bool
  default = true
}

variable "firelens" {
  type    = string
  default = "false"
}

variable "proxy" {
  type    = object({ image = string, user = optional(string, "1337") })
  default = null
}

locals {
  app  = { name = "app", image = "app", user = "1000" }
  xray = var.enable_xray ? [{ name = "xray", image = "xray", user = "1337" }] : []
  logs = tobool(var.firelens) ? { name = "log_router", image = "fluent-bit", user = "0", firelensConfiguration = { type = "fluentbit", options = { enable-ecs-log-metadata = "true" } } } : null
}

resource "aws_ecs_task_definition" "this" {
  family       = "sidecars"
  network_mode = "host"
  container_definitions = jsonencode([
    for container in concat(
      [local.app],
      local.xray,
      [local.logs],
      [for proxy in var.proxy[*] : { name = "envoy", image = proxy.image, user = proxy.user, essential = true }],
    ) : container if container != null
  ])

  dynamic "proxy_configuration" {
    for_each = var.proxy != null ? [1] : []
    content {
      type           = "APPMESH"
      container_name = "envoy"
      properties = {
        AppPorts         = join(",", [8080, 9090])
        EgressIgnoredIPs = "169.254.170.2,169.254.169.254"
        IgnoredUID       = var.proxy.user
        ProxyEgressPort  = 15001
        ProxyIngressPort = 15000
      }
    }
  }
}
