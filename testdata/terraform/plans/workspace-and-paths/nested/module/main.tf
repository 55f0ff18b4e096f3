output "container" {
  value = {
    image   = path.module
    user    = trimspace(file("${path.module}/user.txt"))
    command = [path.root, dirname(path.module), fileexists("user.txt") ? "root" : "module"]
  }
}
