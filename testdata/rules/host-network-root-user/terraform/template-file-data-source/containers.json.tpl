[
  { "name": "a", "user": "${uid}" },
  { "name": "b", "user": "root" },
  { "name": "c", "user": "1000" }
]
