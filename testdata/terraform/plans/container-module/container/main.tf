locals {
  env_vars_keys        = var.map_environment != null ? keys(var.map_environment) : var.environment != null ? [for m in var.environment : lookup(m, "name")] : []
  env_vars_values      = var.map_environment != null ? values(var.map_environment) : var.environment != null ? [for m in var.environment : lookup(m, "value")] : []
  env_vars_as_map      = zipmap(local.env_vars_keys, local.env_vars_values)
  sorted_env_vars_keys = sort(local.env_vars_keys)

  sorted_environment_vars = [
    for key in local.sorted_env_vars_keys : { name = key, value = lookup(local.env_vars_as_map, key) }
  ]
  final_environment_vars = length(local.sorted_environment_vars) > 0 ? local.sorted_environment_vars : null

  container_definition = {
    name                   = var.container_name
    image                  = var.container_image
    essential              = var.essential
    readonlyRootFilesystem = var.readonly_root_filesystem
    portMappings           = var.port_mappings
    environment            = local.final_environment_vars
    secrets                = var.secrets
    dependsOn              = var.container_depends_on
    ulimits                = var.ulimits
    user                   = var.user
    memory                 = var.container_memory
    cpu                    = var.container_cpu
  }

  container_definition_without_null = {
    for k, v in local.container_definition : k => v if v != null
  }

  final_container_definition = merge(local.container_definition_without_null, var.container_definition)
}
