# The template stands in a local and is rendered with `templatestring`.
locals {
  template = "[{\"name\":\"$${name}\",\"image\":\"$${image}\",\"user\":\"%%{ if root }root%%{ else }app%%{ endif }\"}]"
}

resource "aws_ecs_task_definition" "rendered" {
  for_each     = { plain = false, admin = true }
  family       = each.key
  network_mode = "host"
  container_definitions = templatestring(local.template, {
    name  = each.key
    image = "tools/${each.key}"
    root  = each.value
  })
}
