[{"name":"${name}","image":"x","user":"${user}","command":${command},
  "environment":${environment},"memory":${memory}}]
