[{ "name": "a", "image": "${image}", "user": "${user}" }]
