uid = "root"
