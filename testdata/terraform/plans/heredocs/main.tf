# Heredocs of both kinds, with directives, escapes and what looks like their end.
variable "user" {
  default = "0:0"
}

resource "aws_ecs_task_definition" "flush" {
  family                = "flush"
  network_mode          = "host"
  container_definitions = <<-EOT
      [
        {
          "name": "flush",
          "image": "i:${1 + 1}",
          "user": "${var.user}",
          "command": ["echo", "EOT", "$${HOME}", "%%{x}", "a\tb\\n"]
        }
        %{~for n in [1, 2]~}
        , { "name": "n${n}", "image": "n", "user": "${n}" }
        %{~endfor~}
      ]
    EOT
}

resource "aws_ecs_task_definition" "plain" {
  family                = "plain"
  network_mode = chomp(<<EOT
${"host"}
EOT
  )
  container_definitions = <<EOT
[{
  "name": "plain", "image": "é\u00e9 \"quoted\"", "user": "${trimspace(<<INNER
  root
INNER
)}"
}]
EOT
}
