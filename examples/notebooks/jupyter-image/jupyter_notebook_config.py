"""For whoever reaches the port, which `docker run -p` opens to the whole network.

There is no password here, and no `token = ""`: a notebook is a shell. So Jupyter makes a random
token at each start and logs the link that has it.
"""

import json

PORT = 8888


def published_port():
    """The port on the host, which the node's agent tells in the shared folder."""
    try:
        with open("/serfnode/parent.json", encoding="utf-8") as file:
            ports = json.load(file)["inspect"]["NetworkSettings"]["Ports"]
        return ports[f"{PORT}/tcp"][0]["HostPort"]
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return PORT


c = get_config()  # noqa: F821 -- Jupyter provides it
c.NotebookApp.ip = "0.0.0.0"
c.NotebookApp.port = PORT
c.NotebookApp.port_retries = 0
c.NotebookApp.open_browser = False
c.NotebookApp.custom_display_url = f"http://localhost:{published_port()}/"
