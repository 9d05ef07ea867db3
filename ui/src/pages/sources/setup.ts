/** How to set each source up, with this server's address and keys filled in. Pure text. */
import { CLIENTS, type Place } from "../clients";

interface Step {
  title: string;
  code: string;
}

const TRACER: Record<string, [install: string, run: string]> = {
  python: ["pip install ddtrace", "ddtrace-run python app.py"],
  java: [
    "curl -Lo dd-java-agent.jar https://dtdg.co/latest-java-tracer",
    "java -javaagent:dd-java-agent.jar -jar app.jar",
  ],
  nodejs: ["npm install dd-trace", "node --require dd-trace/init app.js"],
  go: ["go get github.com/DataDog/dd-trace-go/v2/ddtrace/tracer", "go run ."],
  ruby: ["gem install datadog", "bundle exec ddprofrb exec ruby app.rb"],
  dotnet: ["dotnet add package Datadog.Trace.Bundle", "dotnet run"],
  php: [
    "curl -LO https://github.com/DataDog/dd-trace-php/releases/latest/download/datadog-setup.php",
    "php datadog-setup.php --php-bin=all",
  ],
};

const CHECKS: Record<string, string> = {
  postgres: "host: localhost\n    port: 5432\n    username: datadog\n    password: <PASSWORD>",
  mongo: "hosts:\n      - localhost:27017",
  redisdb: "host: localhost\n    port: 6379",
  mysql: "host: localhost\n    username: datadog\n    password: <PASSWORD>",
  nginx: "nginx_status_url: http://localhost:81/nginx_status/",
  apache: "apache_status_url: http://localhost/server-status?auto",
  openmetrics:
    "openmetrics_endpoint: http://localhost:9090/metrics\n    namespace: my_app\n    metrics:\n      - .*",
  http_check: "name: My site\n    url: https://example.org",
};

/** Checks that the agent brings; the others are packages. */
const BUILT_IN = ["postgres", "mongo", "redisdb", "http_check"];

/** Where logs usually are, and the source by which their pipeline knows them. */
const LOGS: Record<string, { path: string; source: string }> = {
  postgres: { path: "/var/log/postgresql/*.log", source: "postgresql" },
  mongo: { path: "/var/log/mongodb/mongod.log", source: "mongodb" },
  redisdb: { path: "/var/log/redis/redis-server.log", source: "redis" },
  mysql: { path: "/var/log/mysql/error.log", source: "mysql" },
  nginx: { path: "/var/log/nginx/*.log", source: "nginx" },
  apache: { path: "/var/log/apache2/*.log", source: "apache" },
};

function client(id: string, place: Place): Step[] {
  return CLIENTS.find((one) => one.id === id)?.steps(place) ?? [];
}

/** The steps of the source `id`; empty when there is nothing to set up. */
export function stepsOf(id: string, place: Place): Step[] {
  const { url, apiKey, tracePort } = place;
  const tracer = TRACER[id];
  if (tracer)
    return [
      { title: "Install the tracer", code: tracer[0] },
      {
        title: "Run the application with an agent on its machine",
        code: `export DD_SERVICE=my-service DD_ENV=dev DD_VERSION=1.0\nexport DD_TRACE_AGENT_URL=http://127.0.0.1:${tracePort}\nexport DD_LOGS_INJECTION=true\n${tracer[1]}`,
      },
    ];
  const check = CHECKS[id];
  if (check) {
    const logs = LOGS[id];
    return [
      ...(BUILT_IN.includes(id)
        ? []
        : [{ title: "Install the integration", code: `heeler agent integration install ${id}` }]),
      {
        title: `Metrics: conf.d/${id}.yaml of the agent`,
        code: `init_config:\n\ninstances:\n  - ${check}`,
      },
      { title: "Try it once", code: `heeler agent check ${id}` },
      ...(logs
        ? [
            {
              title: `Logs: in the same file, with logs_enabled: true in datadog.yaml`,
              code: `logs:\n  - type: file\n    path: ${logs.path}\n    service: my-service\n    source: ${logs.source}`,
            },
          ]
        : []),
    ];
  }
  switch (id) {
    case "agent":
      return [...client("host", place), ...client("agent", place)];
    case "docker":
      return [
        {
          title: "Run an Agent as a container",
          code: `docker run -d --name dd-agent \\\n  -e DD_API_KEY=${apiKey} -e DD_DD_URL=${url} -e DD_APM_DD_URL=${url} \\\n  -e DD_LOGS_ENABLED=true -e DD_LOGS_CONFIG_LOGS_DD_URL=${url} \\\n  -e DD_LOGS_CONFIG_CONTAINER_COLLECT_ALL=true \\\n  -v /var/run/docker.sock:/var/run/docker.sock:ro -v /proc/:/host/proc/:ro \\\n  -v /sys/fs/cgroup/:/host/sys/fs/cgroup:ro gcr.io/datadoghq/agent:7`,
        },
      ];
    case "kubernetes":
      return [
        {
          title: "values.yaml of the datadog chart",
          code: `datadog:\n  apiKey: ${apiKey}\n  dd_url: ${url}\n  apm:\n    portEnabled: true\n  logs:\n    enabled: true\n    containerCollectAll: true\n  env:\n    - name: DD_APM_DD_URL\n      value: ${url}\n    - name: DD_LOGS_CONFIG_LOGS_DD_URL\n      value: ${url}`,
        },
        {
          title: "Install it",
          code: "helm repo add datadog https://helm.datadoghq.com\nhelm install datadog datadog/datadog -f values.yaml",
        },
      ];
    case "opentelemetry":
      return [
        {
          title: "An SDK, by its environment",
          code: `export OTEL_EXPORTER_OTLP_ENDPOINT=${url}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_HEADERS=dd-api-key=${apiKey}`,
        },
        {
          title: "A collector",
          code: `exporters:\n  otlphttp:\n    endpoint: ${url}\n    headers:\n      dd-api-key: ${apiKey}`,
        },
      ];
    case "prometheus":
      return [
        {
          title: "prometheus.yml",
          code: `remote_write:\n  - url: ${url}/api/v1/write\n    headers:\n      DD-API-KEY: ${apiKey}`,
        },
      ];
    case "logs":
      return [
        {
          title: "conf.d/my_app.d/conf.yaml of the agent, with logs_enabled: true",
          code: "logs:\n  - type: file\n    path: /var/log/my_app/*.log\n    service: my-app\n    source: python",
        },
        {
          title: "Vector, Fluent Bit and others: the datadog_logs output",
          code: `sinks:\n  heeler:\n    type: datadog_logs\n    inputs: [my_source]\n    endpoint: ${url}\n    default_api_key: ${apiKey}`,
        },
        {
          title: "From a shell",
          code: `curl -X POST "${url}/api/v2/logs" -H "DD-API-KEY: ${apiKey}" -H "Content-Type: application/json" \\\n  -d '[{"message": "hello", "service": "my-app", "ddsource": "python"}]'`,
        },
      ];
    case "dogstatsd":
      return [...client("dogstatsd", place), ...client("api-client", place)];
    default:
      return [];
  }
}
