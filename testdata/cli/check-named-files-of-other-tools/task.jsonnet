local name = "web";
{ family: name, networkMode: "host", containerDefinitions: [{ name: name, image: "web:1" }] }
