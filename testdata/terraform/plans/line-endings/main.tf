# Files with carriage returns and a byte order mark, and text that Unicode normalises.
locals {
  file = trimspace(file("${path.module}/user.txt"))
  text = "e\u0301"
}

resource "aws_ecs_task_definition" "this" {
  family       = "endings"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "file", image = "i", user = local.file, command = split("\n", file("${path.module}/user.txt")) },
    { name = "heredoc", image = "i", user = trimspace(<<-EOT
      root
    EOT
    ), command = [<<-EOT
      one
        two
    EOT
    ] },
    { name = "unicode", image = "i", command = [local.text, tostring(length(local.text)), upper("ß"), strrev("e\u0301x")] },
  ])
}
