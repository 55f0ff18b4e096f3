# Comments of all kinds, odd layout, trailing commas, and parentheses over lines.
/* resource "aws_ecs_task_definition" "commented" { */
resource aws_ecs_task_definition bare { // labels without quotes
  family = /* inline */ "bare" # end
  network_mode = (
    true
    ? "host" // chosen
    : "bridge"
  )
  container_definitions = jsonencode(
    concat(
      [[
        {
          "name" : "a", image : "a",
          user               = "0", // comma and comment
          ("essen${"tial"}") = true
          command = [
            "#not", "//a", "/* comment */", # comment
          ],
        },
      ]]...
    )
  )
}
