"""Validation of synthetic tests and global variables. Pure.

Errors have the public API's wording and are collected: one 400 names all of them, a line each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from heeler.api.errors import ApiError
from heeler.api.text_limits import MAX_MESSAGE, MAX_NAME, bounded_tags, bounded_text
from heeler.synthetics.assertions import MAX_ASSERTIONS, MAX_TARGET, OPERATORS, check_pattern, unsupported
from heeler.synthetics.http_probe import MAX_TIMEOUT, METHODS
from heeler.synthetics.json_path import InvalidPath, check_path
from heeler.synthetics.schedule import problem_of

TYPES = ("api", "browser", "mobile", "network")
SUBTYPES = ("http", "ssl", "tcp", "dns", "multi", "icmp", "udp", "websocket", "grpc")
#: Subtypes that this server can run; ``multi`` by its steps.
RUNNABLE = ("http", "ssl", "tcp", "dns", "multi")
MIN_TICK, MAX_TICK = 30, 604_800
MAX_STEPS = 50
MAX_BODY = 200_000
VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,99}")

Object = dict[str, Any]


def checked_test(body: Any) -> Object:
    """Validate the fields of a created or replaced test. Raises a 400 that lists all errors."""
    if not isinstance(body, dict):
        raise ApiError(400, "The body must be a JSON object")
    problems = list(_problems(body))
    if problems:
        raise ApiError(400, "\n".join(problems[:20]))
    return {
        "name": bounded_text("name", body["name"], MAX_NAME).strip(),
        "type": body.get("type", "api"),
        "subtype": body.get("subtype") or "http",
        "config": body["config"],
        "options": body["options"],
        "locations": [str(item) for item in body.get("locations") or []],
        "message": bounded_text("message", body.get("message") or "", MAX_MESSAGE),
        "tags": bounded_tags("tags", body.get("tags")),
        "status": body.get("status") or "live",
    }


def _problems(body: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(body.get("name"), str) or not body["name"].strip():
        yield "Required parameter 'name' is missing"
    kind, subtype = body.get("type", "api"), body.get("subtype") or "http"
    if kind not in TYPES:
        yield f"Invalid value {kind!r} for parameter 'type'. Expected one of {', '.join(TYPES)}"
    elif kind != "api":
        yield f"Tests of type '{kind}' need a browser, a phone or network paths; this server runs API tests"
    if subtype not in SUBTYPES:
        yield f"Invalid value {subtype!r} for parameter 'subtype'. Expected one of {', '.join(SUBTYPES)}"
    if (body.get("status") or "live") not in ("live", "paused"):
        yield "Invalid value for parameter 'status'. Expected live or paused"
    if not isinstance(body.get("message"), str | None):
        yield "Parameter 'message' must be a string"
    if not isinstance(body.get("locations", []), list):
        yield "Parameter 'locations' must be a list"
    config, options = body.get("config"), body.get("options")
    if not isinstance(config, dict):
        yield "Required parameter 'config' is missing"
    elif subtype == "multi":
        yield from _steps(config)
    else:
        yield from _assertions(config.get("assertions"), required=True)
        yield from _request(config.get("request"), subtype)
    if isinstance(config, dict):
        yield from _config_variables(config.get("configVariables"))
    yield from _options(options)


def _options(options: Any) -> Iterator[str]:
    if not isinstance(options, dict):
        yield "Required parameter 'options' is missing"
        return
    tick = options.get("tick_every")
    if tick is None and not isinstance(options.get("scheduling"), dict):
        yield "Required parameter 'tick_every' is missing"
    elif tick is not None and not _whole(tick, MIN_TICK, MAX_TICK):
        yield f"Invalid value for parameter 'tick_every'. Expected {MIN_TICK} to {MAX_TICK} seconds"
    if problem := problem_of(options.get("scheduling")):
        yield problem
    retry = options.get("retry")
    if retry is not None and (
        not isinstance(retry, dict)
        or not _whole(retry.get("count", 0), 0, 5)
        or not _number(retry.get("interval", 300), 0, 5000)
    ):
        yield "Invalid value for parameter 'retry'. Expected a count of 0 to 5, an interval of 0 to 5000 ms"
    for name, most in (("min_failure_duration", 7200), ("min_location_failed", 1000)):
        if options.get(name) is not None and not _number(options[name], 0, most):
            yield f"Invalid value for parameter '{name}'. Expected 0 to {most}"
    if options.get("monitor_priority") not in (None, 1, 2, 3, 4, 5):
        yield "Invalid value for parameter 'monitor_priority'. Expected 1 to 5"


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _assertions(given: Any, *, required: bool) -> Iterator[str]:
    if not isinstance(given, list) or (required and not given):
        yield "Minimum number of elements in parameter 'assertions' should be 1"
        return
    if len(given) > MAX_ASSERTIONS:
        yield f"Maximum number of elements in parameter 'assertions' is {MAX_ASSERTIONS}"
    for item in given[:MAX_ASSERTIONS]:
        if not isinstance(item, dict) or not item.get("type"):
            yield "Required parameter 'type' of an assertion is missing"
            continue
        operator = item.get("operator")
        if operator is not None and operator not in OPERATORS:
            yield f"Invalid value {str(operator)[:50]!r} for parameter 'operator' of an assertion"
        elif operator is None and item["type"] != "javascript":
            yield "Required parameter 'operator' of an assertion is missing"
        yield from _target(item, operator)


def _target(item: Mapping[str, Any], operator: Any) -> Iterator[str]:
    target = item.get("target")
    if len(str(target)) > MAX_TARGET:
        yield f"The target of an assertion has more than {MAX_TARGET:,} characters"
    try:
        if operator in ("matches", "doesNotMatch"):
            check_pattern(str(target))
        if operator == "validatesJSONPath":
            check_path(str((target if isinstance(target, dict) else {}).get("jsonPath", "")))
    except (ValueError, InvalidPath) as error:
        yield f"Invalid target of an assertion: {error}"


def _request(given: Any, subtype: str) -> Iterator[str]:
    if not isinstance(given, dict):
        yield "Required parameter 'request' is missing"
        return
    if subtype == "http":
        url = given.get("url")
        if not isinstance(url, str) or not url:
            yield "Required parameter 'url' is missing"
        elif "{{" not in url and urlsplit(url).scheme not in ("http", "https"):
            yield f"Invalid value {url[:200]!r} for parameter 'url'. Expected http:// or https://"
        method = given.get("method")
        if method is not None and str(method).upper() not in METHODS:
            known = ", ".join(METHODS)
            yield f"Invalid value {str(method)[:20]!r} for parameter 'method'. Expected one of {known}"
    elif subtype in ("ssl", "tcp", "dns", "icmp", "udp", "grpc") and not given.get("host"):
        yield "Required parameter 'host' is missing"
    if subtype == "tcp" and given.get("port") in (None, ""):
        yield "Required parameter 'port' is missing"
    if not isinstance(given.get("headers") or {}, dict) or not isinstance(given.get("query") or {}, dict):
        yield "Parameters 'headers' and 'query' must be objects"
    if len(str(given.get("body") or "")) > MAX_BODY:
        yield f"Parameter 'body' has more than {MAX_BODY:,} characters"
    if given.get("timeout") is not None and not _number(given["timeout"], 0, MAX_TIMEOUT):
        yield f"Invalid value for parameter 'timeout'. Expected 0 to {MAX_TIMEOUT:g} seconds"


def _steps(config: Mapping[str, Any]) -> Iterator[str]:
    steps = config.get("steps")
    if not isinstance(steps, list) or not steps:
        yield "Minimum number of elements in parameter 'steps' should be 1"
        return
    if len(steps) > MAX_STEPS:
        yield f"Maximum number of elements in parameter 'steps' is {MAX_STEPS}"
    for step in steps[:MAX_STEPS]:
        if not isinstance(step, dict) or not step.get("name"):
            yield "Required parameter 'name' of a step is missing"
            continue
        subtype = step.get("subtype", "http")
        if subtype == "wait":
            if not _number(step.get("value"), 0, 180):
                yield "Invalid value for parameter 'value' of a step. Expected 0 to 180 seconds"
            continue
        if subtype == "playSubTest":
            continue
        yield from _assertions(step.get("assertions", []), required=False)
        yield from _request(step.get("request"), subtype)


def _config_variables(given: Any) -> Iterator[str]:
    if given is None:
        return
    if not isinstance(given, list):
        yield "Parameter 'configVariables' must be a list"
        return
    for item in given[:100]:
        if not isinstance(item, dict) or not re.fullmatch(r"[A-Z0-9_]{1,100}", str(item.get("name", ""))):
            yield "The name of a variable consists of capital letters, digits and underscores"


def cannot_run(subtype: str, config: Mapping[str, Any]) -> list[str]:
    """Features of a test that this server cannot run; such a test is stored paused. Empty if it can."""
    if subtype not in RUNNABLE:
        return [f"tests of the subtype {subtype} are not run"]
    found: list[str] = []
    if config.get("variablesFromScript"):
        found.append("variables from a script: JavaScript is not run")
    parts = config.get("steps") or [] if subtype == "multi" else [{**config, "subtype": subtype}]
    for part in parts:
        kind = part.get("subtype", "http")
        if kind == "wait":
            continue
        if kind not in ("http", "ssl", "tcp", "dns"):
            found.append(f"steps of the subtype {kind} are not run")
            continue
        request = part.get("request") or {}
        other = ("certificate", "proxy", "files", "compressedProtoFile")
        found += [f"requests with '{name}' are not made" for name in other if request.get(name)]
        login = request.get("basicAuth")
        if isinstance(login, dict) and login.get("type", "web") != "web":
            found.append(f"authentication of the type {login.get('type')} is not made")
        if part.get("extractedValuesFromScript"):
            found.append("values from a script: JavaScript is not run")
        found += [reason for item in part.get("assertions") or [] if (reason := unsupported(kind, item))]
    return list(dict.fromkeys(found))


def checked_variable(body: Any) -> Object:
    """Validate the fields of a global variable. Raises a 400."""
    if not isinstance(body, dict):
        raise ApiError(400, "The body must be a JSON object")
    name = str(body.get("name") or "")
    if not VARIABLE_NAME.fullmatch(name):
        raise ApiError(
            400,
            "Invalid value for parameter 'name'. Expected at least 3 capital letters, digits and "
            "underscores, beginning with a letter",
        )
    value = body.get("value")
    if value is not None and not isinstance(value, dict):
        raise ApiError(400, "Parameter 'value' must be an object with 'value' and 'secure'")
    if value is not None and set(value) - {"value", "secure"}:
        raise ApiError(
            400, "Parameter 'value' must be an object with 'value' and 'secure'; it has no 'options' here"
        )
    if value is not None:
        value = {key: item for key, item in value.items() if item is not None}
    if value and not (
        isinstance(value.get("value", ""), str) and isinstance(value.get("secure", False), bool)
    ):
        raise ApiError(
            400, "Parameter 'value' must be an object with a string 'value', and 'secure', true or false"
        )
    if not isinstance(body.get("description"), str | None):
        raise ApiError(400, "Parameter 'description' must be a string")
    if body.get("is_totp") or body.get("is_fido"):
        raise ApiError(400, "Variables with 'is_totp' or 'is_fido' are not computed here")
    if body.get("parse_test_public_id") or body.get("parse_test_options"):
        raise ApiError(
            400,
            "Variables that are read out of a test's response, with 'parse_test_public_id' and "
            "'parse_test_options', are not computed here",
        )
    return {
        "name": name,
        "description": bounded_text("description", body.get("description") or "", MAX_MESSAGE),
        "tags": bounded_tags("tags", body.get("tags")),
        "value": value,
        "body": {k: body[k] for k in ("attributes",) if k in body},
    }
