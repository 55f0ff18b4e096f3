# Everything that Docker reads as UID 0: integers that come to 0, root, and a group alone.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "a", image = "app:1", user = "root" },         # expect: fail host-network-root-user `"root"` evidence root
    { name = "b", image = "app:1", user = "0" },            # expect: fail host-network-root-user `"0"` evidence root
    { name = "c", image = "app:1", user = "00" },           # expect: fail host-network-root-user `"00"` evidence root
    { name = "d", image = "app:1", user = "+0" },           # expect: fail host-network-root-user `"+0"` evidence root
    { name = "e", image = "app:1", user = "-0" },           # expect: fail host-network-root-user `"-0"` evidence root
    { name = "f", image = "app:1", user = "root:app" },     # expect: fail host-network-root-user "root" evidence root
    { name = "g", image = "app:1", user = "0:1000" },       # expect: fail host-network-root-user col 44 "0" evidence root
    { name = "h", image = "app:1", user = ":1000" },        # expect: fail host-network-root-user evidence root
    { name = "i", image = "app:1", user = "0:1000:extra" }, # expect: fail host-network-root-user "0" evidence root
    { name = "j", image = "app:1", user = ":" },            # expect: fail host-network-root-user evidence root
    { name = "k", image = "app:1", user = "-00:root" },     # expect: fail host-network-root-user "-00" evidence root
  ])
}
