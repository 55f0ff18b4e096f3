# What is put into a heredoc's JSON is judged where it was written.
variable "uid" {
  type    = string
  default = "0" # expect: fail host-network-root-user `"0"`
}

locals {
  image = "app:1"
}

resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  # expect@+10: pass host-network-root-user
  # expect@+15: pass host-network-root-user
  container_definitions = <<-EOT
    [
      {
        "name": "a",
        "image": "${local.image}",
        "user": "${var.uid}"
      },
      {
        "name": "b",
        "image": "${local.image}",
        "user": "1000:${var.uid}"
      },
      %{if local.image == "app:1"}
      {
        "name": "c", "user": "1001"
      }
      %{else}
      {
        "name": "d", "user": "0"
      }
      %{endif}
    ]
  EOT
}
