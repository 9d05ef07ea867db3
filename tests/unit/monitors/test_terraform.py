from __future__ import annotations

import pytest

from heeler.monitors.terraform import heredoc, literal, monitor_resource, resource_name

MONITOR = {
    "id": 7,
    "name": 'CPU of "web" is high',
    "type": "query alert",
    "query": "avg(last_5m):avg:system.cpu.user{*} by {host} > 90.5",
    "message": "{{host.name}} ${cost}\n@pagerduty-web",
    "tags": ["team:a"],
    "priority": 2,
    "options": {
        "thresholds": {"critical": 90.5, "warning": 80},
        "notify_no_data": False,
        "renotify_interval": None,
        "renotify_statuses": ["alert", "no data"],
        "scheduling_options": {
            "custom_schedule": {"recurrences": [{"rrule": "FREQ=DAILY;INTERVAL=1", "timezone": "UTC"}]}
        },
        "silenced": {},
    },
    "assets": [{"category": "runbook", "name": "R", "url": "/notebook/1"}],
}


def test_a_monitor_is_a_resource() -> None:
    assert monitor_resource(MONITOR) == (
        'resource "datadog_monitor" "cpu_of_web_is_high" {\n'
        '  name = "CPU of \\"web\\" is high"\n'
        '  type = "query alert"\n'
        '  query = "avg(last_5m):avg:system.cpu.user{*} by {host} > 90.5"\n'
        "  message = <<EOT\n"
        "{{host.name}} $${cost}\n"
        "@pagerduty-web\n"
        "EOT\n"
        '  tags = ["team:a"]\n'
        '  priority = "2"\n'
        "  notify_no_data = false\n"
        '  renotify_statuses = ["alert", "no data"]\n'
        "  monitor_thresholds {\n"
        "    critical = 90.5\n"
        "    warning = 80\n"
        "  }\n"
        "  scheduling_options {\n"
        "    custom_schedule {\n"
        "      recurrence {\n"
        '        rrule = "FREQ=DAILY;INTERVAL=1"\n'
        '        timezone = "UTC"\n'
        "      }\n"
        "    }\n"
        "  }\n"
        "  assets {\n"
        '    category = "runbook"\n'
        '    name = "R"\n'
        '    url = "/notebook/1"\n'
        "  }\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"), (5, "5"), (0.1, "0.1"), (1e20, "1e+20"), (123456789, "123456789"),
        ("a\tb", '"a\\tb"'), ("%{if}", '"%%{if}"'), (["a", 1], '["a", 1]'),
    ],
)  # fmt: skip
def test_literals(value: object, text: str) -> None:
    assert literal(value) == text


def test_a_marker_in_the_text_does_not_end_it() -> None:
    assert heredoc("a\nEOT\nb") == "<<EOT_\na\nEOT\nb\nEOT_"


@pytest.mark.parametrize(
    ("name", "found"), [("Ä b", "b"), ("", "monitor_7"), ("5xx rate", "monitor_5xx_rate")]
)
def test_resource_names_are_identifiers(name: str, found: str) -> None:
    assert resource_name(name, 7) == found
