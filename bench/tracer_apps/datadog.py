"""A service of the chain under ``ddtrace-run``: arguments are its port and the next service's address."""

import sys

import requests
from flask import Flask

port, following = int(sys.argv[1]), sys.argv[2]
app = Flask(__name__)


@app.get("/<path>")
def answer(path: str) -> tuple[str, int]:
    if not following:
        return path, 200
    found = requests.get(f"{following}/{path}", timeout=30)
    return found.text, found.status_code


app.run("127.0.0.1", port, threaded=True)
