variable "uid" {
  type = number
}

output "pair" {
  value = "${var.uid}:${var.uid}"
}

output "nested" {
  value = { deep = [{ uid = tostring(var.uid) }] }
}
