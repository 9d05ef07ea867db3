/** The commands of the Get started page, one entry a client. Pure text, so that a test can read all of it. */

export interface Place {
  url: string;
  host: string;
  statsdPort: number;
  tracePort: number;
  apiKey: string;
  appKey: string;
}

interface Step {
  title: string;
  code: string;
}

export interface Client {
  id: string;
  name: string;
  about: string;
  steps: (place: Place) => Step[];
}

export const CLIENTS: readonly Client[] = [
  {
    id: "host",
    name: "This host",
    about:
      "Heeler's own agent sends CPU, memory, disks and network of a machine, takes DogStatsD and traces, and runs checks.",
    steps: ({ url, apiKey }) => [
      {
        title: "Run the agent",
        code: `export DD_URL=${url}\nexport DD_API_KEY=${apiKey}\nexport DD_TAGS="env:dev team:platform"\nheeler agent run`,
      },
      { title: "See what it does", code: "heeler agent status\nheeler doctor" },
    ],
  },
  {
    id: "datadog",
    name: "datadog (Python)",
    about: "The datadog package, unchanged: only the address differs.",
    steps: ({ url, apiKey, appKey }) => [
      { title: "Install", code: "pip install datadog" },
      {
        title: "By environment",
        code: `export DATADOG_HOST=${url}\nexport DATADOG_API_KEY=${apiKey}\nexport DATADOG_APP_KEY=${appKey}`,
      },
      {
        title: "Or in code",
        code: `import time
from datadog import api, initialize

initialize(api_host="${url}", api_key="${apiKey}", app_key="${appKey}")
api.Metric.send(metric="my.first.metric", points=[(time.time(), 1.0)], tags=["env:dev"])`,
      },
    ],
  },
  {
    id: "api-client",
    name: "datadog-api-client",
    about:
      "The generated client for every endpoint, in its Python form; those for other languages take the same server address.",
    steps: ({ url, apiKey, appKey }) => [
      { title: "Install", code: "pip install datadog-api-client" },
      {
        title: "Send a point",
        code: `import time
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.metrics_api import MetricsApi
from datadog_api_client.v2.model.metric_payload import MetricPayload
from datadog_api_client.v2.model.metric_point import MetricPoint
from datadog_api_client.v2.model.metric_series import MetricSeries

configuration = Configuration(host="${url}")
configuration.api_key["apiKeyAuth"] = "${apiKey}"
configuration.api_key["appKeyAuth"] = "${appKey}"
point = MetricPoint(timestamp=int(time.time()), value=1.0)
series = MetricSeries(metric="my.first.metric", points=[point], tags=["env:dev"])
with ApiClient(configuration) as client:
    MetricsApi(client).submit_metrics(body=MetricPayload(series=[series]))`,
      },
    ],
  },
  {
    id: "dogstatsd",
    name: "DogStatsD",
    about: "Any DogStatsD library, over UDP to the agent on the same machine.",
    steps: ({ statsdPort }) => [
      { title: "From a shell", code: `printf 'page.views:1|c|#env:dev' | nc -u -w1 127.0.0.1 ${statsdPort}` },
      {
        title: "From Python",
        code: `from datadog import initialize, statsd

initialize(statsd_host="127.0.0.1", statsd_port=${statsdPort})
statsd.increment("page.views", tags=["env:dev"])
statsd.histogram("page.seconds", 0.21, tags=["env:dev"])`,
      },
    ],
  },
  {
    id: "ddtrace",
    name: "ddtrace",
    about: "Traces from an application, with nothing changed in its code.",
    steps: ({ tracePort }) => [
      { title: "Install", code: "pip install ddtrace" },
      {
        title: "Run the application under it",
        code: `export DD_SERVICE=web-store DD_ENV=dev DD_VERSION=1.0\nexport DD_TRACE_AGENT_URL=http://127.0.0.1:${tracePort}\nexport DD_LOGS_INJECTION=true\nddtrace-run python app.py`,
      },
    ],
  },
  {
    id: "check",
    name: "Custom check",
    about: "A file in checks.d and one of the same name in conf.d; the real AgentCheck base class runs it.",
    steps: () => [
      {
        title: "checks.d/my_metric.py",
        code: `import random

from datadog_checks.base import AgentCheck


class MyMetric(AgentCheck):
    def check(self, instance):
        self.gauge("my_metric", random.randint(0, 1000), tags=["env:dev"])`,
      },
      { title: "conf.d/my_metric.yaml", code: "init_config:\n\ninstances:\n  - min_collection_interval: 45" },
      { title: "Try it once", code: "heeler agent check my_metric" },
    ],
  },
  {
    id: "agent",
    name: "Datadog Agent",
    about: "An Agent that already runs on your machines: change where it sends.",
    steps: ({ url, apiKey }) => [
      {
        title: "datadog.yaml",
        code: `api_key: ${apiKey}
dd_url: ${url}
apm_config:
  enabled: true
  apm_dd_url: ${url}
logs_config:
  logs_dd_url: ${url.replace(/^https?:\/\//, "")}
  logs_no_ssl: ${url.startsWith("http:")}
  use_http: true`,
      },
      { title: "Restart it", code: "sudo systemctl restart datadog-agent\nsudo datadog-agent status" },
    ],
  },
];
