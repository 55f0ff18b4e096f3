# The old template provider's data source is computed like a template file.
data "template_file" "containers" {
  template = file("${path.module}/containers.json.tpl")
  vars = {
    uid = "0"
  }
}

resource "aws_ecs_task_definition" "app" {
  family                = "app"
  network_mode          = "host"
  container_definitions = data.template_file.containers.rendered
}
