# The provider reads member names in any letter case, with Unicode folding; the API's own names decide nothing more.
resource "aws_ecs_task_definition" "app" {
  family       = "app"
  network_mode = "host"
  container_definitions = jsonencode([
    { Name = "a", Image = "a:1", User = "1000" },                 # expect: pass host-network-root-user
    { NAME = "b", IMAGE = "a:1", USER = "0" },                    # expect: fail host-network-root-user `"0"`
    { name = "c", image = "a:1", "uſer" = "0" },                  # expect: fail host-network-root-user `"0"`
    { name = "d", image = "a:1", us_er = "1000" },                # expect: fail host-network-root-user `"d"` evidence unset
    { name = "e", image = "a:1", Privileged = true, USER = "0" }, # expect: not_applicable host-network-root-user
  ])
}
