"""``heeler env``: prints the environment variables that point clients at this server."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import click

from heeler.cli.common import data_option, listen_option, read_settings

_NO_API_KEY = "YOUR_API_KEY"
_NO_APP_KEY = "YOUR_APPLICATION_KEY"
#: What has the same meaning in a shell, in YAML and in the text of each language.
_KEY = re.compile(r"[A-Za-z0-9_-]{1,200}")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/\[\]%-]+")

_SHELL = """\
export DD_API_KEY={api_key}
export DD_APP_KEY={app_key}
export DATADOG_HOST={url}
export DD_URL={url}
export DD_AGENT_HOST=localhost
export DD_TRACE_AGENT_URL=http://localhost:{trace}
export DD_DOGSTATSD_URL=udp://localhost:{statsd}
unset DD_SITE DATADOG_SITE
"""

SNIPPETS = {
    "shell": _SHELL,
    "datadog": """\
# pip install datadog
from datadog import api, initialize

initialize(api_key="{api_key}", app_key="{app_key}", api_host="{url}")
api.Metric.send(metric="my.metric", points=1)
""",
    "datadog-api-client": """\
# pip install datadog-api-client
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.metrics_api import MetricsApi

configuration = Configuration(host="{url}")
configuration.api_key["apiKeyAuth"] = "{api_key}"
configuration.api_key["appKeyAuth"] = "{app_key}"
with ApiClient(configuration) as client:
    print(MetricsApi(client).list_active_metrics(_from=0))
""",
    "ddtrace": """\
# pip install ddtrace
DD_TRACE_AGENT_URL=http://localhost:{trace} DD_SERVICE=my-app DD_ENV=dev DD_LOGS_INJECTION=true \\
  ddtrace-run python app.py
""",
    "dogstatsd": """\
# pip install datadog
from datadog.dogstatsd import DogStatsd

statsd = DogStatsd(host="localhost", port={statsd})
statsd.increment("page.views", tags=["page:home"])
""",
    "agent": """\
# datadog.yaml of a Datadog Agent
api_key: "{api_key}"
dd_url: {url}
logs_config:
  logs_dd_url: "{host_port}"
  logs_no_ssl: {plain}
apm_config:
  apm_dd_url: {url}
""",
    "curl": """\
curl -X POST "{url}/api/v2/series" -H "DD-API-KEY: {api_key}" -H "Content-Type: application/json" \\
  -d '{{"series": [{{"metric": "my.metric", "type": 3,
        "points": [{{"timestamp": '"$(date +%s)"', "value": 1}}]}}]}}'
""",
    "terraform": """\
provider "datadog" {{
  api_key = "{api_key}"
  app_key = "{app_key}"
  api_url = "{url}"
}}
""",
}
"""Copyable text for each client, with placeholders for address, keys and ports."""


@click.command("env")
@click.argument("client", type=click.Choice(list(SNIPPETS)), default="shell")
@click.option("--api-key", envvar="HEELER_API_KEY", help="By default that of this machine's agent.")
@click.option("--app-key", envvar="HEELER_APP_KEY", help="Shown once when it was made; not stored.")
@data_option
@listen_option
def command(
    client: str, api_key: str | None, app_key: str | None, data_dir: str | None, listen: str | None
) -> None:
    """Print what points CLIENT here; for a shell: eval "$(heeler env)"."""
    from heeler.cli.local_agent import agent_port, read_config

    settings = read_settings(data_dir, listen)
    config = read_config(settings)
    parts = urlsplit(settings.url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    known = str(config.get("api_key") or "")
    api_key = api_key or ("" if known.startswith("ENC[") else known) or _NO_API_KEY
    for name, text, form in (("API key", api_key, _KEY), ("application key", app_key or _NO_APP_KEY, _KEY),
                             ("address", settings.url, _URL)):  # fmt: skip
        if not form.fullmatch(text):
            raise click.ClickException(f"The {name} {text[:100]!r} has characters that none has")
    text = SNIPPETS[client].format(
        api_key=api_key,
        app_key=app_key or _NO_APP_KEY,
        url=settings.url,
        host_port=f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}",
        plain="false" if parts.scheme == "https" else "true",
        statsd=agent_port(config, "statsd"),
        trace=agent_port(config, "trace"),
    )
    click.echo(text, nl=False)
    if _NO_API_KEY in text:
        click.echo("# an API key can be made with: heeler keys create NAME", err=True)
    if _NO_APP_KEY in text:
        click.echo("# an application key can be made with: heeler keys create NAME --kind app", err=True)
