"""A page that counts: GET / reads a row at DB_HOST, POST /hit adds one to it.

It knows nothing of serfnode but a host name. Each request connects anew, so it looks the name up
anew, and a database that went away and came back elsewhere is found without a restart.
"""

import html
import json
import os
import signal
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pymysql

ADDRESS = ("127.0.0.1", 8000)
DB_HOST = os.environ["DB_HOST"]
DB_PORT = 3306
NO_SUCH_TABLE = 1146

CREATE = "CREATE TABLE IF NOT EXISTS counter (id INT PRIMARY KEY, hits INT NOT NULL)"
WRITE = "INSERT INTO counter VALUES (1, 1) ON DUPLICATE KEY UPDATE hits = hits + 1"
READ = "SELECT hits FROM counter WHERE id = 1"


def node_name():
    """The name of the node's container, which its agent puts into the shared folder."""
    try:
        with open("/serfnode/parent.json", encoding="utf-8") as file:
            return json.load(file)["inspect"]["Name"].lstrip("/")
    except (OSError, ValueError, KeyError, AttributeError):
        return socket.gethostname()


def connect(address):
    return pymysql.connect(
        host=address,
        port=DB_PORT,
        user=os.environ["DB_USER"],
        password=os.environ["DB_PASSWORD"],
        database=os.environ["DB_NAME"],
        connect_timeout=2,
        read_timeout=3,
        write_timeout=3,
        autocommit=True,
    )


def count(address, write):
    with connect(address) as connection, connection.cursor() as cursor:
        if write:
            cursor.execute(CREATE)
            cursor.execute(WRITE)
        try:
            cursor.execute(READ)
        except pymysql.ProgrammingError as error:
            if error.args[0] != NO_SUCH_TABLE:
                raise
            return 0
        row = cursor.fetchone()
        return row[0] if row else 0


def answer(write):
    """Status and facts; a database that cannot be reached is an answer too."""
    facts = {"node": node_name(), "db_host": DB_HOST, "db_address": None, "hits": None}
    try:
        found = socket.getaddrinfo(DB_HOST, DB_PORT, socket.AF_INET, socket.SOCK_STREAM)
        facts["db_address"] = found[0][4][0]
        facts["hits"] = count(facts["db_address"], write)
        return 200, facts
    except (OSError, pymysql.Error) as error:
        return 503, {**facts, "error": str(error)}


def page(facts):
    rows = "".join(
        f"<tr><th>{html.escape(key)}</th><td>{html.escape(str(value))}</td></tr>"
        for key, value in facts.items()
    )
    form = '<form method="post" action="/hit"><button>hit</button></form>'
    return f"<!doctype html><title>serfnode</title><table>{rows}</table>{form}\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path in ("/", "/hit"):
            self.reply(*answer(write=self.path == "/hit"))
        else:
            self.reply(404, {"error": "there are / and /hit"})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/hit":
            self.reply(*answer(write=True))
        else:
            self.reply(404, {"error": "POST /hit is all there is"})

    def reply(self, status, facts):
        if "text/html" in self.headers.get("Accept", ""):
            kind, text = "text/html; charset=utf-8", page(facts)
        else:
            kind, text = "application/json", json.dumps(facts) + "\n"
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_):
        """nginx logs the requests."""


if __name__ == "__main__":
    # PID 1 has no default for SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(ADDRESS, Handler).serve_forever()
