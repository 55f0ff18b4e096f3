# The type of a variable without a value tells which attributes an object has, and which are never null.
variable "container" {
  type = object({
    name   = string
    image  = string
    cpu    = optional(number, 64)
    author = optional(string, "nobody")
  })
}

variable "user" {
  type     = string
  nullable = false
}

variable "users" {
  type = object({ app = optional(string, "1000"), job = optional(string) })
}

variable "names" {
  type = tuple([string, string])
}

resource "aws_ecs_task_definition" "no_such_attribute" {
  family                = "no-such-attribute"
  network_mode          = "host"
  container_definitions = jsonencode([var.container]) # expect: fail host-network-root-user "var.container" evidence unset
}

resource "aws_ecs_task_definition" "merged" {
  family       = "merged"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: pass host-network-root-user
    merge({ for key, value in var.container : key => value }, { name = "a", user = "1000" }),
  ])
}

resource "aws_ecs_task_definition" "never_null" {
  family       = "never-null"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: undetermined host-network-root-user "var.user"
    { name = "b", image = "app:1", user = var.user },
    { name = "c", image = "app:1", user = var.user == null ? "root" : "1000" }, # expect: pass host-network-root-user
    # expect: pass host-network-root-user
    { name = "d", image = "app:1", user = var.users.app == null ? "root" : "1000" },
    # expect: conditional host-network-root-user `"root"` when "`var.users.job` is null"
    { name = "e", image = "app:1", user = var.users.job == null ? "root" : "1000" },
  ])
}

resource "aws_ecs_task_definition" "length" {
  family       = "length"
  network_mode = "host"
  container_definitions = jsonencode([
    # expect: fail host-network-root-user `"root"` evidence root
    { name = "f", image = "app:1", user = length(var.names) == 2 ? "root" : "1000" },
    # expect: fail host-network-root-user `"0"` evidence root
    { name = "g", image = "app:1", user = try(var.container.user, "0") },
  ])
}
