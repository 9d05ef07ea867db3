"""Serializers of synthetic tests, results and variables for the public API. Pure."""

from __future__ import annotations

from typing import Any

from heeler.synthetics.model import GlobalVariable, SyntheticResult, SyntheticTest

Object = dict[str, Any]
LOCATION = "heeler:server"
"""The one location: this server. Locations that a test names are stored and shown with it."""
LOCATION_NAME = "This Heeler server"
PASSED, FAILED, NO_DATA = 0, 1, 2


def shown_test(test: SyntheticTest, *, creator: bool = True) -> Object:
    """``SyntheticsAPITest``, with the creator for lists and details."""
    body: Object = {
        "public_id": test.public_id,
        "name": test.name,
        "type": test.type,
        "subtype": test.subtype,
        "status": test.status,
        "config": test.config,
        "options": test.options,
        "locations": test.locations,
        "message": test.message,
        "tags": test.tags,
        "monitor_id": test.monitor_id,
        "created_at": test.created.isoformat(),
        "modified_at": test.modified.isoformat(),
    }
    if creator:
        body["creator"] = {
            "email": test.creator_email,
            "handle": test.creator_email,
            "name": test.creator_name or test.creator_email,
        }
    return body


def short_result(result: SyntheticResult) -> Object:
    """``SyntheticsAPITestResultShort``."""
    return {
        "result_id": result.result_id,
        "check_time": result.check_time,
        "probe_dc": LOCATION,
        "status": PASSED if result.passed else FAILED,
        "result": {"passed": result.passed, "timings": result.result.get("timings") or {}},
    }


def full_result(result: SyntheticResult, test: SyntheticTest) -> Object:
    """``SyntheticsAPITestResultFull``."""
    return {
        "result_id": result.result_id,
        "check_time": result.check_time,
        "check_version": result.version,
        "probe_dc": LOCATION,
        "status": PASSED if result.passed else FAILED,
        "check": {"config": test.config},
        "result": result.result,
    }


def variable_object(variable: GlobalVariable) -> Object:
    """``SyntheticsGlobalVariable``; the value of a secure one is never shown."""
    value: Object = {"secure": variable.secure}
    if not variable.secure:
        value["value"] = variable.value
    return {
        "id": variable.id,
        "name": variable.name,
        "description": variable.description,
        "tags": variable.tags,
        "value": value,
        **variable.body,
    }
