output "json_map_encoded_list" {
  value = "[${jsonencode(local.final_container_definition)}]"
}

output "json_map_encoded" {
  value = jsonencode(local.final_container_definition)
}

output "json_map_object" {
  value = jsondecode(jsonencode(local.final_container_definition))
}
