{ "family": "web", "networkMode": "host", "containerDefinitions": [{ "name": "web", "image": "web:1" }] }
