"""Preset pipelines of common sources: active from the first log of a source, read-only; clone one to
change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LEVEL = {"type": "status-remapper", "sources": ["level", "severity"], "is_enabled": True, "name": "Status"}


def _grok(*rules: str, helpers: str = "", source: str = "message") -> dict[str, Any]:
    return {
        "type": "grok-parser",
        "name": "Parse",
        "is_enabled": True,
        "source": source,
        "samples": [],
        # A quotation mark cannot occur in a raw string delimited by it.
        "grok": {"match_rules": "\n".join(rules).replace("\\'", "'"), "support_rules": helpers},
    }


def _on(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "is_enabled": True, "name": fields.pop("name", kind), **fields}


def _http_status() -> dict[str, Any]:
    names = {"[500 TO 599]": "error", "[400 TO 499]": "warn", "[300 TO 399]": "notice", "[200 TO 299]": "ok"}
    categories = [
        {"filter": {"query": f"@http.status_code:{codes}"}, "name": name} for codes, name in names.items()
    ]
    return _on(
        "category-processor",
        name="Status of the response",
        target="http.status_category",
        categories=categories,
    )


_WEB = [
    _on("url-parser", name="URL", sources=["http.url"], target="http.url_details"),
    _on("user-agent-parser", name="User agent", sources=["http.useragent"], target="http.useragent_details"),
    _http_status(),
    _on("date-remapper", name="Date", sources=["date_access"]),
    _on("status-remapper", name="Status", sources=["http.status_category", "level"]),
]
_ACCESS = (
    r'%{ipOrHost:network.client.ip} %{notSpace:http.ident:nullIf("-")} %{notSpace:http.auth:nullIf("-")} '
    r'\[%{date("dd/MMM/yyyy:HH:mm:ss Z"):date_access}\] '
    r'"(%{word:http.method} )?%{notSpace:http.url}( HTTP/%{regex("[0-9.]+"):http.version})?" '
    r"%{integer:http.status_code} (%{integer:network.bytes_written}|-)"
)
_COMBINED = (
    _ACCESS
    + r'( "%{regex("[^\"]*"):http.referer:nullIf("-")}" "%{regex("[^\"]*"):http.useragent:nullIf("-")}")?%{data}'
)
_ISO = r'%{date("yyyy-MM-dd HH:mm:ss,SSS"):date}'
_LEVELS = r'%{regex("[A-Za-z]+"):level}'

_SOURCES: Mapping[str, tuple[str, list[str], list[dict[str, Any]]]] = {
    "nginx": (
        "NGINX",
        ["nginx"],
        [
            _grok(
                "access " + _COMBINED,
                r'request %{date("yyyy/MM/dd HH:mm:ss"):date_access} \[%{word:level}\] %{integer:process.pid}#%{integer:process.thread}: (\*%{integer:connection} )?%{data:error.message}, client: %{ipOrHost:network.client.ip}, server: %{regex("[^,]*"):nginx.server}(, request: "%{word:http.method} %{notSpace:http.url} [^"]*")?(, [a-z]+: .*)?',
                r'error %{date("yyyy/MM/dd HH:mm:ss"):date_access} \[%{word:level}\] %{integer:process.pid}#%{integer:process.thread}: (\*%{integer:connection} )?%{data:error.message}',
            ),
            *_WEB,
        ],
    ),
    "apache": (
        "Apache",
        ["apache", "httpd"],
        [
            _grok(
                "access " + _COMBINED,
                r'error \[%{date("EEE MMM dd HH:mm:ss.SSSSSS yyyy"):date_access}\] \[(%{notSpace:apache.module}:)?%{word:level}\] '
                r"\[pid %{integer:process.pid}(:tid %{integer:process.thread})?\] (\[client %{ipOrHost:network.client.ip}(:%{port:network.client.port})?\] )?%{data:error.message}",
            ),
            *_WEB,
        ],
    ),
    "postgresql": (
        "PostgreSQL",
        ["postgresql", "postgres"],
        [
            _grok(
                r'server %{date("yyyy-MM-dd HH:mm:ss.SSS z"):date} \[%{integer:process.pid}\](:? (\[[^\]]*\] )?(%{regex("[^@ ]+"):db.user}@%{notSpace:db.name} )?)?'
                r"%{word:level}:\s+(duration: %{number:duration:scale(1000000)} ms\s*(%{word}: %{data:db.statement})?|%{data:msg})",
            ),
            _on(
                "lookup-processor",
                name="Level",
                source="level",
                target="level",
                lookup_table=[
                    "LOG,info",
                    "STATEMENT,info",
                    "DETAIL,info",
                    "HINT,info",
                    "CONTEXT,info",
                    "PANIC,emergency",
                ],
            ),
            _on("date-remapper", name="Date", sources=["date"]),
            _LEVEL,
        ],
    ),
    "mysql": (
        "MySQL",
        ["mysql", "mariadb"],
        [
            _grok(
                r'error %{date("yyyy-MM-dd\'T\'HH:mm:ss.SSSSSSZ"):date} %{integer:db.thread} \[%{word:level}\] \[%{notSpace:error.code}\] \[%{word:db.component}\] %{data:msg}',
                r'mariadb %{date("yyyy-MM-dd H:mm:ss"):date} %{integer:db.thread} \[%{word:level}\] %{data:msg}',
            ),
            _on(
                "lookup-processor",
                name="Level",
                source="level",
                target="level",
                lookup_table=["System,info", "Note,info"],
            ),
            _on("date-remapper", name="Date", sources=["date"]),
            _LEVEL,
        ],
    ),
    "redis": (
        "Redis",
        ["redis"],
        [
            _grok(
                r'server %{integer:process.pid}:%{regex("[XCSM]"):redis.role} %{date("dd MMM yyyy HH:mm:ss.SSS"):date} %{regex("[.*#-]"):redis.severity} %{data:msg}'
            ),
            _on(
                "lookup-processor",
                name="Level",
                source="redis.severity",
                target="level",
                lookup_table=[".,debug", "-,info", "*,notice", "#,warn"],
            ),
            _on("date-remapper", name="Date", sources=["date"]),
            _LEVEL,
        ],
    ),
    "mongodb": (
        "MongoDB",
        ["mongodb", "mongo"],
        [
            _on("attribute-remapper", name="Severity", sources=["s"], target="level", preserve_source=True),
            _on(
                "lookup-processor",
                name="Level",
                source="level",
                target="level",
                lookup_table=[
                    "F,emergency",
                    "E,error",
                    "W,warn",
                    "I,info",
                    "D,debug",
                    "D1,debug",
                    "D2,debug",
                    "D3,debug",
                    "D4,debug",
                    "D5,debug",
                ],
            ),
            _on("date-remapper", name="Date", sources=["t.$date"]),
            _LEVEL,
        ],
    ),
    "python": (
        "Python",
        ["python"],
        [
            _grok(
                rf"ddtrace {_ISO} {_LEVELS} \[%{{notSpace:logger.name}}\] \[%{{notSpace:filename}}:%{{integer:lineno}}\] "
                r"\[dd\.service=%{regex(\"[^\\s\\]]*\"):dd.service} dd\.env=%{regex(\"[^\\s\\]]*\"):dd.env} dd\.version=%{regex(\"[^\\s\\]]*\"):dd.version} "
                r"dd\.trace_id=%{notSpace:dd.trace_id} dd\.span_id=%{regex(\"[0-9]+\"):dd.span_id}\] (- )?%{data:msg}".replace(
                    '\\"', '"'
                ),
                rf"full {_ISO} - %{{notSpace:logger.name}} - {_LEVELS} - %{{data:msg}}",
                rf"plain {_ISO} {_LEVELS}:?\s+(\[%{{regex(\"[^\\]]+\"):logger.name}}\] )?%{{data:msg}}".replace(
                    '\\"', '"'
                ),
                r"basic %{regex(\"DEBUG|INFO|WARNING|ERROR|CRITICAL\"):level}:%{regex(\"[^:\\s]+\"):logger.name}:%{data:msg}".replace(
                    '\\"', '"'
                ),
            ),
            _grok(
                r'trace %{data:msg}\nTraceback \(most recent call last\):\n%{data}\n%{regex("[A-Za-z_][A-Za-z0-9_.]*"):error.kind}(: %{data:error.message})?\s*'
            ),
            _on("date-remapper", name="Date", sources=["date"]),
            _on("status-remapper", name="Status", sources=["level", "levelname"]),
            _on("trace-id-remapper", name="Trace", sources=["dd.trace_id"]),
            _on("span-id-remapper", name="Span", sources=["dd.span_id"]),
        ],
    ),
    "java": (
        "Java",
        ["java", "log4j", "logback", "tomcat", "kafka"],
        [
            _grok(
                r'logback %{date("yyyy-MM-dd HH:mm:ss.SSS"):date} \[%{regex("[^\\]]+"):logger.thread_name}\] %{word:level}\s+%{notSpace:logger.name} - %{data:msg}',
                r'log4j %{date("yyyy-MM-dd HH:mm:ss,SSS"):date} \[%{regex("[^\\]]+"):logger.thread_name}\] %{word:level}\s+%{notSpace:logger.name} (- )?%{data:msg}',
                r'spring %{date("yyyy-MM-dd\'T\'HH:mm:ss.SSSZ"):date}\s+%{word:level} %{integer:process.pid} --- (\[%{notSpace:service_name}\] )?\[\s*%{regex("[^\\]]+"):logger.thread_name}\] %{notSpace:logger.name}\s*: %{data:msg}',
                r'log4jold %{date("yyyy-MM-dd HH:mm:ss,SSS"):date} %{word:level}\s+(\[%{regex("[^\\]]+"):logger.thread_name}\] )?%{notSpace:logger.name}:? (- )?%{data:msg}',
                r'kafka \[%{date("yyyy-MM-dd HH:mm:ss,SSS"):date}\] %{word:level} %{data:msg}( \(%{notSpace:logger.name}\))?',
            ),
            _grok(
                r'stack %{data}\n(Caused by: )?%{regex("[a-z][\\w.]*\\.[A-Z]\\w*"):error.kind}(: %{regex("[^\\n]*"):error.message})?\n\s+at %{data}'
            ),
            _on("date-remapper", name="Date", sources=["date"]),
            _LEVEL,
        ],
    ),
    "nodejs": (
        "Node.js",
        ["nodejs", "node", "express"],
        [
            _on(
                "lookup-processor",
                name="Levels of pino",
                source="level",
                target="level_name",
                lookup_table=["10,debug", "20,debug", "30,info", "40,warn", "50,error", "60,emergency"],
            ),
            _grok(
                r'winston (%{date("yyyy-MM-dd\'T\'HH:mm:ss.SSSZ"):date} )?(\[%{word:level}\]|%{regex("error|warn|info|http|verbose|debug|silly"):level}):? %{data:msg}'
            ),
            _on("date-remapper", name="Date", sources=["date", "time"]),
            _on("status-remapper", name="Status", sources=["level_name", "level"]),
        ],
    ),
    "go": (
        "Go",
        ["go", "golang"],
        [
            _grok(
                r'standard %{date("yyyy/MM/dd HH:mm:ss"):date} (%{notSpace:filename}:%{integer:lineno}: )?%{data:msg}',
                r'glog %{regex("[IWEF]"):level}%{date("MMdd HH:mm:ss.SSSSSS"):date}\s+%{integer:process.pid} %{notSpace:filename}:%{integer:lineno}\] %{data:msg}',
                r'logfmt %{regex("time|level|ts|msg"):first}=%{data:rest}',
            ),
            {**_grok('pairs %{data::keyvalue("=",":/+")}'), "name": "Pairs of logfmt"},
            _on("exclude-attribute", name="Rest", attribute_to_exclude="rest"),
            _on("exclude-attribute", name="First", attribute_to_exclude="first"),
            _on("date-remapper", name="Date", sources=["date", "time", "ts"]),
            _LEVEL,
        ],
    ),
    "ruby": (
        "Ruby",
        ["ruby", "rails"],
        [
            _grok(
                r'logger %{regex("[DIWEFA]"):level}, \[%{date("yyyy-MM-dd\'T\'HH:mm:ss.SSSSSS"):date} #%{integer:process.pid}\]\s+%{word} -- (%{regex("[^:]*"):logger.name})?: %{data:msg}',
            ),
            _on("lookup-processor", name="Level", source="level", target="level", lookup_table=["A,info"]),
            _on("date-remapper", name="Date", sources=["date"]),
            _LEVEL,
        ],
    ),
    "syslog": (
        "Syslog",
        ["syslog", "rsyslog", "journald"],
        [
            _grok(
                r'rfc5424 (<%{integer:syslog.prival}>)?1 %{notSpace:date} %{notSpace:syslog.hostname} %{notSpace:syslog.appname} %{notSpace:syslog.procid:nullIf("-")} %{notSpace:syslog.msgid:nullIf("-")} (-|(\[[^\]]*\])+) ?%{data:msg}',
                r'rfc3164 (<%{integer:syslog.prival}>)?%{date("MMM d HH:mm:ss"):date} %{notSpace:syslog.hostname} %{regex("[^:\\[\\s]+"):syslog.appname}(\[%{integer:syslog.procid}\])?: %{data:msg}',
                r'iso %{date("yyyy-MM-dd\'T\'HH:mm:ss.SSSSSSZZ"):date} %{notSpace:syslog.hostname} %{regex("[^:\\[\\s]+"):syslog.appname}(\[%{integer:syslog.procid}\])?: %{data:msg}',
            ),
            _on(
                "arithmetic-processor",
                name="Facility",
                expression="syslog.prival / 8",
                target="syslog.facility_exact",
            ),
            _on("date-remapper", name="Date", sources=["date", "syslog.timestamp"]),
            _on("status-remapper", name="Status", sources=["syslog.severity", "level"]),
            _on("service-remapper", name="Service", sources=["syslog.appname"]),
            _on("exclude-attribute", name="Rest", attribute_to_exclude="syslog.facility_exact"),
        ],
    ),
    "docker": (
        "Docker",
        ["docker"],
        [
            _grok(r'daemon %{data::keyvalue("=",":/+")}'),
            _on("date-remapper", name="Date", sources=["time"]),
            _LEVEL,
        ],
    ),
    "kubernetes": (
        "Kubernetes",
        [
            "kubernetes",
            "kubelet",
            "kube-apiserver",
            "kube-scheduler",
            "kube-controller-manager",
            "kube-proxy",
            "coredns",
        ],
        [
            _grok(
                r'klog %{regex("[IWEF]"):level}%{date("MMdd HH:mm:ss.SSSSSS"):date}\s+%{integer:process.pid} %{notSpace:logger.name}:%{integer:lineno}\] %{data:msg}',
            ),
            _on("date-remapper", name="Date", sources=["date"]),
            _LEVEL,
        ],
    ),
}


def _document(source: str) -> dict[str, Any]:
    title, names, processors = _SOURCES[source]
    query = f"source:({' OR '.join(names)})" if len(names) > 1 else f"source:{names[0]}"
    return {
        "id": f"heeler-{source}",
        "type": "pipeline",
        "name": title,
        "is_enabled": True,
        "is_read_only": True,
        "filter": {"query": query},
        "description": f"Ready pipeline for logs of {title}.",
        "tags": [],
        "processors": processors,
    }


#: Documents by id, in order of execution.
PRESETS: Mapping[str, dict[str, Any]] = {one["id"]: one for one in map(_document, _SOURCES)}
#: Presets by log source.
BY_SOURCE: Mapping[str, str] = {
    name: f"heeler-{source}" for source, one in _SOURCES.items() for name in one[1]
}
