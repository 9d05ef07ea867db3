"""Synthetic API tests through the unmodified clients, run by a real server against a real target."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import datadog
import pytest
from datadog import api
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi
from datadog_api_client.v1.model.synthetics_api_test import SyntheticsAPITest
from datadog_api_client.v1.model.synthetics_delete_tests_payload import SyntheticsDeleteTestsPayload
from datadog_api_client.v1.model.synthetics_fetch_uptimes_payload import SyntheticsFetchUptimesPayload
from datadog_api_client.v1.model.synthetics_global_variable_request import SyntheticsGlobalVariableRequest
from datadog_api_client.v1.model.synthetics_patch_test_body import SyntheticsPatchTestBody
from datadog_api_client.v1.model.synthetics_trigger_body import SyntheticsTriggerBody
from datadog_api_client.v1.model.synthetics_update_test_pause_status_payload import (
    SyntheticsUpdateTestPauseStatusPayload,
)

from tests.conftest import RunningServer, start_server
from tests.integration.client_answers import parsed


class Target(BaseHTTPRequestHandler):
    """``/moved`` leads to ``/ok``; ``/login`` gives the token that ``/items`` requires."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/moved":
            self._answer(302, {}, Location="/ok")
        elif path == "/broken":
            self._answer(500, {"error": "out of order"})
        elif path == "/login":
            self._answer(200, {"session": {"token": "s3cr3t-token"}})
        elif path == "/items":
            allowed = self.headers.get("X-Token") == "s3cr3t-token"
            self._answer(200 if allowed else 401, {"items": [{"id": 1}, {"id": 2}]})
        else:
            self._answer(200, {"status": "ok", "query": self.path.partition("?")[2]})

    def _answer(self, status: int, body: Any, **headers: str) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "X-Version": "7", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Target)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that may call this machine, and evaluates monitors often."""
    root = tmp_path_factory.mktemp("synthetics")
    running = start_server(root, HEELER_PRIVATE_TARGETS="127.0.0.1", HEELER_MONITOR_INTERVAL="2")
    yield running
    code = running.stop()
    assert code == 0, f"the server ended with {code}:\n{running.log}"


@pytest.fixture
def client(server: RunningServer) -> Iterator[ApiClient]:
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    with ApiClient(server.configuration()) as made:
        yield made


def api_test(name: str, url: str, **changes: Any) -> Any:
    body = {
        "name": name, "type": "api", "subtype": "http", "locations": ["aws:us-east-2"],
        "message": "look @x@example.com",
        "tags": ["env:syn"],
        "options": {"tick_every": 60, "min_failure_duration": 0, "min_location_failed": 1},
        "config": {
            "request": {"method": "GET", "url": url, "timeout": 10.0},
            "assertions": [
                {"type": "statusCode", "operator": "is", "target": 200},
                {"type": "responseTime", "operator": "lessThan", "target": 20_000},
            ],
        },
        **changes,
    }  # fmt: skip
    return SyntheticsAPITest(**body, _check_type=False)


def eventually(read: Callable[[], Any], what: str) -> Any:
    for _ in range(240):
        if found := read():
            return found
        time.sleep(0.25)
    raise AssertionError(f"waited a minute for {what}")


def test_a_test_runs_by_itself_and_its_results_are_read(client: ApiClient, target: str) -> None:
    tests = SyntheticsApi(client)
    made = parsed(tests.create_synthetics_api_test(api_test("syn ok", f"{target}/ok")))
    assert str(made.status) == "live"
    assert len(made.public_id) == 11
    results = eventually(lambda: tests.get_api_test_latest_results(made.public_id).results, "a result")
    assert parsed(results)[0].result.passed
    assert int(results[0].status.value) == 0
    whole = parsed(tests.get_api_test_result(made.public_id, results[0].result_id))
    assert whole.result.http_status_code == 200
    assert whole.result.timings.total > 0
    assert json.loads(whole.result.response_body)["status"] == "ok"
    monitor = parsed(MonitorsApi(client).get_monitor(made.monitor_id))
    assert (str(monitor.type), monitor.query, monitor.name) == ("synthetics alert", "no_query", "syn ok")
    found = parsed(tests.get_api_test(made.public_id))
    assert found.config.request.url == f"{target}/ok"
    assert found.locations == ["aws:us-east-2"]
    assert made.public_id in [test.public_id for test in parsed(tests.list_tests()).tests]
    assert [
        test.name for test in parsed(tests.search_tests(text="syn ok", include_full_config=True)).tests
    ] == ["syn ok"]


def test_a_failing_test_alerts_and_recovers(client: ApiClient, target: str) -> None:
    tests, monitors = SyntheticsApi(client), MonitorsApi(client)
    made = tests.create_synthetics_api_test(api_test("syn broken", f"{target}/broken"))
    failed = eventually(lambda: tests.get_api_test_latest_results(made.public_id).results, "a result")[0]
    assert not failed.result.passed
    whole = parsed(tests.get_api_test_result(made.public_id, failed.result_id))
    assert str(whole.result.failure.code) == "INCORRECT_ASSERTION"
    assert "statusCode" in whole.result.failure.message
    state = eventually(
        lambda: str(monitors.get_monitor(made.monitor_id).overall_state) == "Alert", "the monitor to alert"
    )
    assert state
    changed = api_test("syn mended", f"{target}/ok")
    updated = parsed(tests.update_api_test(made.public_id, changed))
    assert (updated.name, updated.monitor_id) == ("syn mended", made.monitor_id)
    assert eventually(
        lambda: str(monitors.get_monitor(made.monitor_id).overall_state) == "OK", "the monitor to recover"
    )
    now = int(time.time())
    uptime = tests.fetch_uptimes(
        SyntheticsFetchUptimesPayload(from_ts=now - 3600, to_ts=now + 60, public_ids=[made.public_id])
    )
    assert parsed(uptime)[0].overall.uptime < 100


def test_steps_pass_values_on_and_secrets_are_not_shown(client: ApiClient, target: str) -> None:
    tests = SyntheticsApi(client)
    variable = parsed(
        tests.create_global_variable(
            SyntheticsGlobalVariableRequest(
                name="SYN_QUERY", description="", tags=[], value={"value": "hush-hush", "secure": True},
                _check_type=False,
            )
        )
    )  # fmt: skip
    assert "value" not in variable.value
    steps = [
        {
            "name": "log in", "subtype": "http",
            "request": {"method": "GET", "url": f"{target}/login?q={{{{ SYN_QUERY }}}}"},
            "assertions": [{"type": "statusCode", "operator": "is", "target": 200}],
            "extractedValues": [
                {"name": "TOKEN", "type": "http_body", "secure": True,
                 "parser": {"type": "json_path", "value": "$.session.token"}},
            ],
        },
        {
            "name": "list", "subtype": "http",
            "request": {"method": "GET", "url": f"{target}/items", "headers": {"X-Token": "{{ TOKEN }}"}},
            "assertions": [
                {"type": "statusCode", "operator": "is", "target": 200},
                {"type": "body", "operator": "validatesJSONPath",
                 "target": {"jsonPath": "$.items[*].id", "operator": "is", "targetValue": 2,
                            "elementsOperator": "atLeastOneElementMatches"}},
            ],
        },
    ]  # fmt: skip
    made = tests.create_synthetics_api_test(
        api_test("syn steps", target, subtype="multi", config={"steps": steps}, status="paused")
    )
    started = parsed(
        tests.trigger_tests(SyntheticsTriggerBody(tests=[{"public_id": made.public_id}], _check_type=False))
    )
    result_id = started.results[0].result_id

    def result() -> Any:
        try:
            return tests.get_api_test_result(made.public_id, result_id)
        except ApiException as error:
            if error.status != 404:
                raise
            return None

    whole = eventually(result, "the result of a triggered run").to_dict()
    assert whole["result"]["passed"], whole
    assert [step["passed"] for step in whole["result"]["steps"]] == [True, True]
    text = json.dumps(whole, default=str)
    assert "hush-hush" not in text
    assert "s3cr3t-token" not in text
    listed = parsed(tests.list_global_variables()).variables
    assert "SYN_QUERY" in [one.name for one in listed]
    changed = tests.edit_global_variable(
        variable.id,
        SyntheticsGlobalVariableRequest(
            name="SYN_QUERY", description="d", tags=["a:b"], value={"secure": True}, _check_type=False
        ),
    )
    assert parsed(changed).description == "d"
    tests.delete_global_variable(variable.id)
    with pytest.raises(ApiException) as caught:
        tests.get_global_variable(variable.id)
    assert caught.value.status == 404


def test_what_is_refused_and_what_cannot_be_run(client: ApiClient, target: str) -> None:
    tests = SyntheticsApi(client)
    with pytest.raises(ApiException) as caught:
        tests.create_synthetics_api_test(
            api_test("syn", target, options={}, config={"request": {"url": target}, "assertions": []})
        )
    assert caught.value.status == 400
    assert caught.value.body["errors"] == [
        "Minimum number of elements in parameter 'assertions' should be 1\n"
        "Required parameter 'tick_every' is missing"
    ]
    script = {
        "request": {"method": "GET", "url": target},
        "assertions": [{"type": "javascript", "code": "1"}],
    }
    made = tests.create_synthetics_api_test(api_test("syn script", target, config=script))
    assert str(made.status) == "paused"
    with pytest.raises(ApiException) as caught:
        tests.update_test_pause_status(
            made.public_id, SyntheticsUpdateTestPauseStatusPayload(new_status="live", _check_type=False)
        )
    assert "JavaScript assertions are not run" in str(caught.value.body)
    patched = tests.patch_test(
        made.public_id,
        SyntheticsPatchTestBody(
            data=[
                {"op": "replace", "path": "/name", "value": "syn patched"},
                {"op": "replace", "path": "/config/assertions",
                 "value": [{"type": "statusCode", "operator": "is", "target": 200}]},
            ],
            _check_type=False,
        ),
    )  # fmt: skip
    assert parsed(patched).name == "syn patched"
    assert tests.update_test_pause_status(
        made.public_id, SyntheticsUpdateTestPauseStatusPayload(new_status="live", _check_type=False)
    )


def test_the_older_client_and_deletion(client: ApiClient, target: str) -> None:
    made = api.Synthetics.create_test(
        type="api", subtype="http", name="syn older", message="", tags=[], locations=["aws:eu-west-1"],
        config={
            "assertions": [{"operator": "is", "type": "statusCode", "target": 200}],
            "request": {"method": "GET", "url": f"{target}/moved"},
        },
        options={"tick_every": 300, "follow_redirects": True},
    )  # fmt: skip
    results = eventually(lambda: api.Synthetics.get_results(id=made["public_id"])["results"], "a result")
    assert results[0]["result"]["passed"], results
    assert results[0]["result"]["timings"]["redirect"] > 0
    assert api.Synthetics.get_test(id=made["public_id"])["name"] == "syn older"
    assert api.Synthetics.start_or_pause_test(id=made["public_id"], new_status="paused") is True
    assert [place["id"] for place in api.Synthetics.get_locations()["locations"]] == ["heeler:server"]
    deleted = api.Synthetics.delete_test(public_ids=[made["public_id"]])
    assert [one["public_id"] for one in deleted["deleted_tests"]] == [made["public_id"]]
    with pytest.raises(ApiException) as caught:
        MonitorsApi(client).get_monitor(made["monitor_id"])
    assert caught.value.status == 404
    with pytest.raises(ApiException) as caught:
        SyntheticsApi(client).delete_tests(SyntheticsDeleteTestsPayload(public_ids=["abc-def-ghi"]))
    assert caught.value.status == 404
