"""Catalog of the sources on the integrations page, and the metrics, logs or spans by which each is
detected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Category = Literal["Collectors", "Containers", "APM", "Logs", "Metrics", "Databases", "Web servers"]


@dataclass(frozen=True, slots=True)
class Source:
    """A source. ``families`` are first parts of metric names, ``metric_sources`` the source of series by wire
    format, ``languages`` those of spans, ``log_sources`` of logs (``*``: any), ``checks`` names of service
    checks whose critical runs mark the source as failing. ``preset`` is the id of its preset dashboard.
    """

    id: str
    name: str
    category: Category
    families: tuple[str, ...] = ()
    metric_sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    log_sources: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    preset: str = ""


SOURCES: tuple[Source, ...] = (
    Source(
        "agent", "Agent", "Collectors", families=("system",), checks=("datadog.agent.up",), preset="system"
    ),
    Source("opentelemetry", "OpenTelemetry", "Collectors", metric_sources=("otlp",)),
    Source("prometheus", "Prometheus remote write", "Collectors", metric_sources=("prometheus",)),
    Source("openmetrics", "OpenMetrics (Prometheus scraping)", "Collectors", checks=("openmetrics.health",)),
    Source("docker", "Docker", "Containers", families=("docker", "container"), log_sources=("docker",)),
    Source("kubernetes", "Kubernetes", "Containers", families=("kubernetes", "kubernetes_state", "kube")),
    Source("python", "Python (ddtrace)", "APM", languages=("python",), log_sources=("python",)),
    Source("java", "Java (dd-java-agent)", "APM", languages=("java", "jvm"), log_sources=("java",)),
    Source(
        "nodejs", "Node.js (dd-trace)", "APM", languages=("javascript", "nodejs"), log_sources=("nodejs",)
    ),
    Source("go", "Go (dd-trace-go)", "APM", languages=("go",), log_sources=("go",)),
    Source("ruby", "Ruby (datadog)", "APM", languages=("ruby",), log_sources=("ruby",)),
    Source("dotnet", ".NET (dd-trace-dotnet)", "APM", languages=("dotnet", ".net"), log_sources=("csharp",)),
    Source("php", "PHP (dd-trace-php)", "APM", languages=("php",), log_sources=("php",)),
    Source("logs", "Logs", "Logs", log_sources=("*",)),
    Source("dogstatsd", "Custom metrics (DogStatsD, API)", "Metrics"),
    Source(
        "postgres",
        "PostgreSQL",
        "Databases",
        families=("postgresql",),
        checks=("postgres.can_connect",),
        log_sources=("postgresql",),
        preset="postgres",
    ),
    Source(
        "mongo",
        "MongoDB",
        "Databases",
        families=("mongodb",),
        checks=("mongodb.can_connect",),
        log_sources=("mongodb",),
        preset="mongo",
    ),
    Source(
        "redisdb",
        "Redis",
        "Databases",
        families=("redis",),
        checks=("redis.can_connect",),
        log_sources=("redis",),
        preset="redisdb",
    ),
    Source(
        "mysql",
        "MySQL",
        "Databases",
        families=("mysql",),
        checks=("mysql.can_connect",),
        log_sources=("mysql",),
    ),
    Source(
        "nginx",
        "NGINX",
        "Web servers",
        families=("nginx",),
        checks=("nginx.can_connect",),
        log_sources=("nginx",),
    ),
    Source(
        "apache",
        "Apache",
        "Web servers",
        families=("apache",),
        checks=("apache.can_connect",),
        log_sources=("apache",),
    ),
    Source("http_check", "HTTP check", "Web servers", families=("network",), checks=("http.can_connect",)),
)

OWN_FAMILIES = frozenset({"heeler", "datadog", "trace", "runtime", "ntp"})
"""First parts of names of the server's and agent's own metrics."""
KNOWN_FAMILIES = OWN_FAMILIES | {family for source in SOURCES for family in source.families}
