# The module in which the expressions of the files beside this directory are evaluated.
variable "any" {}

variable "s" {
  type = string
}

variable "n" {
  type = number
}

variable "b" {
  type = bool
}

variable "l" {
  type = list(string)
}

variable "m" {
  type = map(string)
}

variable "o" {
  type = object({ a = string, n = number })
}

variable "t" {
  type = tuple([string, number])
}

variable "template" {
  default = "Hello, $${name}!"
}

variable "broken" {
  default = "Hello, $${name"
}

variable "sensitive" {
  default   = "secret"
  sensitive = true
}

variable "ephemeral" {
  default   = "short-lived"
  ephemeral = true
}

variable "ephemerals" {
  type      = list(string)
  default   = ["short", "lived"]
  ephemeral = true
}

variable "both" {
  default   = "secret"
  ephemeral = true
  sensitive = true
}

variable "unset" {
  type      = string
  ephemeral = true
}

variable "null_string" {
  type    = string
  default = null
}

variable "null_list" {
  type    = list(string)
  default = null
}

variable "null_map" {
  type    = map(string)
  default = null
}

variable "null_object" {
  type    = object({ a = string })
  default = null
}

variable "optional" {
  type    = object({ a = optional(string), b = optional(number, 5) })
  default = {}
}

variable "services" {
  type = list(object({
    name  = optional(string, "app")
    ports = optional(list(object({ port = number, protocol = optional(string, "tcp") })), [{ port = 80 }])
    env   = optional(map(string), {})
    limits = optional(object({
      cpu    = optional(number, 256)
      memory = optional(number)
      swap   = optional(object({ size = optional(number, 1), on = optional(bool, false) }))
    }), {})
    groups = optional(set(string), ["b", "a", "b"])
    pair   = optional(tuple([string, number]), ["1", "2"])
  }))
  default = [
    {},
    { name = null, ports = null, limits = null, env = { A = 1, B = true }, pair = [1, "2"] },
    { name = "x", ports = [{ port = "443" }, { port = 53, protocol = "udp" }], limits = { cpu = "512", swap = {} }, groups = [] },
  ]
}

variable "by_name" {
  type    = map(object({ user = optional(string, "1000"), args = optional(list(string)) }))
  default = { a = {}, b = { user = "root", args = [1, true] }, c = { user = null } }
}

variable "anything" {
  type    = object({ any = any, list = list(any), map = map(any) })
  default = { any = [1, "a"], list = [1, "a"], map = { a = 1, b = "x" } }
}
