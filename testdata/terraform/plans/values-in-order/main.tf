# Which of many given values wins: default, terraform.tfvars, its JSON, automatic files by name, then flags in their order.
variable "from_default" { default = "default" }
variable "from_tfvars" { default = "default" }
variable "from_json" { default = "default" }
variable "from_auto_a" { default = "default" }
variable "from_auto_b" { default = "default" }
variable "from_flag" { default = "default" }
variable "from_file" { default = "default" }
variable "from_environment" { default = "default" }

variable "users" {
  type    = list(string)
  default = []
}

resource "aws_ecs_task_definition" "this" {
  family       = "order"
  network_mode = "host"
  container_definitions = jsonencode([
    for index, user in concat(
      [var.from_default, var.from_tfvars, var.from_json, var.from_auto_a, var.from_auto_b, var.from_flag, var.from_file, var.from_environment],
      var.users,
    ) : { name = "c${index}", image = "i", user = user }
  ])
}
