"""The walkthrough's application: three entry points, logging to standard output; one more that fails."""

import logging
import sys

from flask import Flask

main_logger = logging.getLogger()
main_logger.setLevel(logging.INFO)
stream = logging.StreamHandler(sys.stdout)
stream.setFormatter(
    logging.Formatter(
        "%(asctime)s %(levelname)s [%(name)s] [dd.service=%(dd.service)s dd.env=%(dd.env)s "
        "dd.trace_id=%(dd.trace_id)s dd.span_id=%(dd.span_id)s] - %(message)s"
    )
)
main_logger.addHandler(stream)

app = Flask(__name__)


@app.route("/")
def api_entry() -> str:
    return "Entrypoint to the Application"


@app.route("/api/apm")
def apm_endpoint() -> str:
    app.logger.info("apm was asked for")
    return "Getting APM Started"


@app.route("/api/trace")
def trace_endpoint() -> str:
    return "Posting Traces"


@app.route("/api/broken")
def broken_endpoint() -> str:
    raise ValueError("no such exhibit")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]))
