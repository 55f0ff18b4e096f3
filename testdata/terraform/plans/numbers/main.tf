# How numbers print: large ones, fractions, exponents, and what arithmetic makes of them.
variable "cpu" {
  type    = number
  default = "0256"
}

resource "aws_ecs_task_definition" "this" {
  family       = "numbers"
  network_mode = "host"
  cpu          = var.cpu * 2
  memory       = 1024 / 2
  container_definitions = jsonencode([
    { name = "plain", image = "i", cpu = 1e3, memory = 2.0 * 64, user = tostring(1 / 4) },
    { name = "large", image = "i", user = tostring(12345678901234567890), command = [tostring(1e21), tostring(123456789.125), "${10 / 3} third"] },
    { name = "small", image = "i", user = tostring(1e-7), command = [tostring(0.1 + 0.2), tostring(-0), tostring(1.10)] },
    { name = "whole", image = "i", cpu = floor(3.7) + ceil(0.2), memoryReservation = parseint("ff", 16), user = "${7 % 4}:" },
    { name = "formatted", image = "i", user = format("%03d:%.2f", 7, 1.5), command = [format("%s %v %q %5.1f|%-4d|", 1.0, true, "x", 3.14159, 42)] },
    { name = "powers", image = "i", cpu = pow(2, 10), user = tostring(log(8, 2)), command = [tostring(abs(-5)), tostring(signum(-2)), tostring(min(3, 1, 2))] },
    { name = "summed", image = "i", cpu = sum([128, 64.0]), user = tostring(tonumber("1e2")) },
  ])
}
