# A template file's JSON is judged in the template; what is passed in, where it comes from.
variable "agent_user" {
  type    = string
  default = "0"
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = templatefile("${path.module}/containers.json.tftpl", {
    image      = "app:1"
    agent_user = var.agent_user
    log_user   = "1000"
  })
}
