# A template file that is one `jsonencode` over what it is given, as the documentation advises.
variable "containers" {
  type = map(object({ image = string, user = optional(string), env = optional(map(string), {}) }))
  default = {
    web = { image = "web:1", user = "0", env = { PATH_INFO = "/\"<&>\"", N = 1 } }
    job = { image = "job:1" }
  }
}

resource "aws_ecs_task_definition" "this" {
  family                = "this"
  network_mode          = "host"
  container_definitions = templatefile("${path.root}/templates/${"containers"}.tftpl", { containers = var.containers, extra = { user = "root" } })
}
