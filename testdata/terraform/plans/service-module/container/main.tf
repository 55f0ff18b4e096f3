variable "name" { default = null }
variable "image" { default = null }
variable "user" { default = null }
variable "cpu" { default = null }
variable "memory_reservation" { default = null }
variable "essential" { default = null }
variable "environment" {
  type    = list(object({ name = string, value = string }))
  default = []
}
variable "port_mappings" {
  type    = list(any)
  default = []
}
variable "firelens_configuration" {
  type    = any
  default = {}
}
variable "log_configuration" {
  type    = any
  default = {}
}
variable "linux_parameters" {
  type    = any
  default = {}
}
variable "readonly_root_filesystem" {
  type    = bool
  default = true
}
variable "operating_system_family" {
  type    = string
  default = "LINUX"
}

locals {
  is_not_windows = contains(["LINUX"], var.operating_system_family)

  log_configuration = merge(
    { for k, v in {
      logDriver = "awslogs"
      options   = { awslogs-region = "eu-west-1", awslogs-stream-prefix = "ecs" }
    } : k => v if true },
    var.log_configuration,
  )

  linux_parameters = merge({ initProcessEnabled = false }, var.linux_parameters)

  definition = {
    cpu                    = var.cpu
    environment            = var.environment
    essential              = var.essential
    firelensConfiguration  = length(var.firelens_configuration) > 0 ? var.firelens_configuration : null
    image                  = var.image
    linuxParameters        = local.is_not_windows && length(local.linux_parameters) > 0 ? local.linux_parameters : null
    logConfiguration       = length(local.log_configuration) > 0 ? local.log_configuration : null
    memoryReservation      = var.memory_reservation
    name                   = var.name
    portMappings           = [for p in var.port_mappings : { for k, v in p : k => v if v != null }]
    readonlyRootFilesystem = local.is_not_windows ? var.readonly_root_filesystem : null
    user                   = local.is_not_windows ? var.user : null
  }

  container_definition = { for k, v in local.definition : k => v if v != null }
}

output "container_definition" {
  value = local.container_definition
}
