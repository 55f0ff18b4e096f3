variable "container_name" {
  type = string
}

variable "container_image" {
  type = string
}

variable "essential" {
  type    = bool
  default = true
}

variable "container_memory" {
  type    = number
  default = null
}

variable "container_cpu" {
  type    = number
  default = 0
}

variable "readonly_root_filesystem" {
  type    = bool
  default = false
}

variable "environment" {
  type    = list(object({ name = string, value = string }))
  default = null
}

variable "map_environment" {
  type    = map(string)
  default = null
}

variable "port_mappings" {
  type    = list(object({ containerPort = number, hostPort = optional(number), protocol = optional(string) }))
  default = null
}

variable "container_depends_on" {
  type    = list(object({ containerName = string, condition = string }))
  default = null
}

variable "secrets" {
  type    = list(object({ name = string, valueFrom = string }))
  default = null
}

variable "ulimits" {
  type    = list(object({ name = string, hardLimit = number, softLimit = number }))
  default = null
}

variable "user" {
  type    = string
  default = null
}

variable "container_definition" {
  type    = map(any)
  default = {}
}
