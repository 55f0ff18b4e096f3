uid = "0"
