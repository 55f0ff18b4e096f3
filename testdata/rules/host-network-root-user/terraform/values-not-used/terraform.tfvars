usr = "root" # expect: problem note `usr`
