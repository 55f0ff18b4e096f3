stage = ["prod"]
