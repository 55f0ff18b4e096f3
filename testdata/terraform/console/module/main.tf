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
