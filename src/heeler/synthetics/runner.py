"""Runs a synthetic test: substitutes variables, sends the requests, evaluates the assertions."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from heeler.synthetics.assertions import Measured, evaluate
from heeler.synthetics.http_probe import Guard, ProbeError, probe_http
from heeler.synthetics.network_probes import RECORDS, probe_dns, probe_ssl, probe_tcp
from heeler.synthetics.variables import ExtractionError, extract, fill, with_builtins

MAX_STORED_BODY = 20_000
"""Characters of a response body that a result keeps."""
#: A run of a multistep test ends after this, seconds.
MAX_RUN = 600.0
_HIDDEN = "********"
#: Evaluates assertions: a body of a megabyte, its JSON and regular expressions take more than milliseconds.
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="synthetics")


@dataclass(frozen=True, slots=True)
class Definition:
    """Input of a run. ``variables``: the global ones; ``secrets``: values that are masked in results."""

    subtype: str
    config: Mapping[str, Any]
    options: Mapping[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """``body`` is the ``result`` of the public API; ``timings`` in milliseconds."""

    passed: bool
    body: dict[str, Any]
    timings: Mapping[str, float]
    error: str = ""


async def run(definition: Definition, guard: Guard, now: Callable[[], float], rng: random.Random) -> Result:
    """Run a test with the retries of its options. Never raises for failures of the tested system."""
    retry = definition.options.get("retry") or {}
    attempts = 1 + int(retry.get("count") or 0)
    for attempt in range(1, attempts + 1):
        found = await _attempt(definition, guard, now, rng)
        if found.passed or attempt == attempts:
            return found
        await asyncio.sleep(float(retry.get("interval", 300)) / 1000)
    raise AssertionError("a test has at least one attempt")


async def _attempt(
    definition: Definition, guard: Guard, now: Callable[[], float], rng: random.Random
) -> Result:
    variables = dict(definition.variables)
    secrets = set(definition.secrets)
    for item in definition.config.get("configVariables") or []:
        if item.get("type") == "global":
            continue  # it is among the global ones by its name
        value = with_builtins(str(item.get("pattern", "")), now(), rng)
        variables[str(item.get("name"))] = value
        if item.get("secure"):
            secrets.add(value)
    if definition.subtype != "multi":
        config = definition.config
        return await _single(definition.subtype, config, definition.options, variables, secrets, guard, now)
    try:
        async with asyncio.timeout(MAX_RUN):
            return await _steps(definition, variables, secrets, guard, now)
    except TimeoutError:
        return _failed("TIMEOUT", f"the steps took more than {MAX_RUN:g} s", {})


async def _steps(
    definition: Definition,
    variables: dict[str, str],
    secrets: set[str],
    guard: Guard,
    now: Callable[[], float],
) -> Result:
    shown: list[dict[str, Any]] = []
    passed, error, code, total = True, "", "INCORRECT_ASSERTION", 0.0
    for step in definition.config.get("steps") or []:
        name, kind = str(step.get("name")), step.get("subtype", "http")
        if kind == "wait":
            await asyncio.sleep(float(step.get("value") or 0))
            shown.append({"name": name, "subtype": "wait", "passed": True, "skipped": False})
            continue
        if not passed and not step.get("alwaysExecute"):
            shown.append({"name": name, "subtype": kind, "passed": False, "skipped": True})
            continue
        options = {**definition.options, "retry": step.get("retry")}
        found = await _single(kind, step, options, variables, secrets, guard, now)
        total += found.timings.get("total", 0.0)
        shown.append({"name": name, "subtype": kind, "passed": found.passed, "skipped": False, **found.body})
        if not found.passed and not step.get("allowFailure"):
            passed, error = False, f"step {name!r}: {found.error}"
            code = str((found.body.get("failure") or {}).get("code", code))
        if found.passed and step.get("exitIfSucceed"):
            break
    timings = {"total": round(total, 3)}
    body: dict[str, Any] = {
        "passed": passed, "eventType": "finished" if passed else "finished_with_error",
        "timings": timings, "steps": shown,
    }  # fmt: skip
    if not passed:
        body["failure"] = {"code": code, "message": error}
    return Result(passed, body, timings, error)


async def _single(
    subtype: str,
    part: Mapping[str, Any],
    options: Mapping[str, Any],
    variables: dict[str, str],
    secrets: set[str],
    guard: Guard,
    now: Callable[[], float],
) -> Result:
    """Send one request and evaluate its assertions; extracted values are added to ``variables``."""
    request = fill(part.get("request") or {}, variables)
    assertions = fill(part.get("assertions") or [], variables)
    try:
        measured = await _probe(subtype, request, assertions, options, guard, now)
    except ProbeError as error:
        return _failed(error.code, _without(str(error), secrets), {})
    except (KeyError, ValueError) as error:
        return _failed("INVALID_REQUEST", _without(f"the request cannot be made: {error}", secrets), {})
    judge = partial(_judge, part, request, assertions, measured, variables, secrets)
    return await asyncio.get_running_loop().run_in_executor(_THREADS, judge)


def _judge(
    part: Mapping[str, Any],
    request: Mapping[str, Any],
    assertions: list[Any],
    measured: Measured,
    variables: dict[str, str],
    secrets: set[str],
) -> Result:
    outcomes, problems = [], []
    for item in assertions:
        try:
            verdict = evaluate(item, measured)
        except ValueError as error:
            return _failed("INVALID_TEST", str(error), measured.timings)
        outcomes.append({**item, "valid": verdict.valid, "actual": _shown(verdict.actual, secrets)})
        if not verdict.valid:
            where = f"{item.get('type')} {item.get('property') or ''}".strip()
            problems.append(_without(f"{where}: {verdict.reason}", secrets))
    for item in part.get("extractedValues") or []:
        try:
            value = extract(item, measured)
        except ExtractionError as error:
            problems.append(_without(str(error), secrets))
            continue
        variables[str(item.get("name"))] = value
        if item.get("secure"):
            secrets.add(value)
    message = "; ".join(problems)[:2000]
    body = _body(measured, outcomes, request, secrets)
    if problems:
        body |= {"passed": False, "failure": {"code": "INCORRECT_ASSERTION", "message": message}}
    return Result(not problems, body, measured.timings, message)


async def _probe(
    subtype: str,
    request: Mapping[str, Any],
    assertions: list[Any],
    options: Mapping[str, Any],
    guard: Guard,
    now: Callable[[], float],
) -> Measured:
    match subtype:
        case "ssl":
            return await probe_ssl(request, options, guard, now())
        case "tcp":
            return await probe_tcp(request, guard)
        case "dns":
            wanted = {str(item.get("property") or "A").upper() for item in assertions
                      if item.get("type") in ("recordEvery", "recordSome")}  # fmt: skip
            return await probe_dns(request, guard, frozenset(wanted & set(RECORDS)) or frozenset({"A"}))
    return await probe_http(request, options, guard)


def _body(
    measured: Measured, outcomes: list[dict[str, Any]], request: Mapping[str, Any], secrets: set[str]
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "passed": True,
        "eventType": "finished",
        "timings": dict(measured.timings),
        "assertionResults": outcomes,
    }
    if measured.status is not None:
        text = "" if request.get("noSavingResponseBody") else measured.body[:MAX_STORED_BODY]
        body |= {
            "httpStatusCode": measured.status,
            "responseHeaders": {k: _without(v, secrets) for k, v in measured.headers.items()},
            "responseBody": _without(text, secrets),
            "responseSize": len(measured.raw_body),
        }
    if measured.certificate:
        body["cert"] = dict(measured.certificate)
    if measured.records:
        body["records"] = [{"type": k, "values": list(v)} for k, v in measured.records.items()]
    if measured.connection:
        body["connection"] = measured.connection
    return body


def _failed(code: str, message: str, timings: Mapping[str, float]) -> Result:
    return Result(
        False,
        {
            "passed": False,
            "eventType": "finished_with_error",
            "timings": dict(timings),
            "failure": {"code": code, "message": message[:2000]},
        },
        timings,
        message[:2000],
    )


def _without(text: str, secrets: set[str]) -> str:
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    return text


def _shown(value: Any, secrets: set[str]) -> Any:
    if isinstance(value, str):
        return _without(value[:1000], secrets)
    return value if not isinstance(value, list) else [_shown(item, secrets) for item in value[:100]]
