"""Error tracking through the real client: found, resolved, back again, assigned, excluded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import requests
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v2.api.error_tracking_api import ErrorTrackingApi
from datadog_api_client.v2.api.users_api import UsersApi
from datadog_api_client.v2.model.issue_state import IssueState
from datadog_api_client.v2.model.issue_update_assignee_request import IssueUpdateAssigneeRequest
from datadog_api_client.v2.model.issue_update_assignee_request_data import IssueUpdateAssigneeRequestData
from datadog_api_client.v2.model.issue_update_assignee_request_data_type import (
    IssueUpdateAssigneeRequestDataType,
)
from datadog_api_client.v2.model.issue_update_state_request import IssueUpdateStateRequest
from datadog_api_client.v2.model.issue_update_state_request_data import IssueUpdateStateRequestData
from datadog_api_client.v2.model.issue_update_state_request_data_attributes import (
    IssueUpdateStateRequestDataAttributes,
)
from datadog_api_client.v2.model.issue_update_state_request_data_type import IssueUpdateStateRequestDataType
from datadog_api_client.v2.model.issues_search_request import IssuesSearchRequest
from datadog_api_client.v2.model.issues_search_request_data import IssuesSearchRequestData
from datadog_api_client.v2.model.issues_search_request_data_attributes import (
    IssuesSearchRequestDataAttributes,
)
from datadog_api_client.v2.model.issues_search_request_data_attributes_track import (
    IssuesSearchRequestDataAttributesTrack,
)
from datadog_api_client.v2.model.issues_search_request_data_type import IssuesSearchRequestDataType

from heeler.wire.traces import agent_payload
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload
from tests.conftest import RunningServer

SERVICE = "error-shop"


@pytest.fixture(scope="module")
def api(server: RunningServer) -> Iterator[ErrorTrackingApi]:
    with ApiClient(server.configuration()) as client:
        yield ErrorTrackingApi(client)


def fail(server: RunningServer, version: str, message: str = "no item 17", kind: str = "LookupError") -> None:
    at = time.time_ns()
    span = Span(
        service=SERVICE, name="op", resource="GET /", trace_id=at, span_id=1, start=at - 1000,
        duration=1000, error=1,
        meta={"error.type": kind, "error.message": message, "version": version, "usr.id": "ann"},
    )  # fmt: skip
    body = agent_payload.encode(AgentTraces("h", "prod", payloads=[TracerPayload([Chunk([span], 1)])]))
    answer = requests.post(f"{server.url}/api/v0.2/traces", data=body, headers=server.headers, timeout=30)
    assert answer.status_code == 200


def found(api: ErrorTrackingApi, **more: Any) -> Any:
    now = int(time.time() * 1000)
    attributes = IssuesSearchRequestDataAttributes(
        query=f"service:{SERVICE}", _from=now - 3_600_000, to=now + 60_000,
        track=IssuesSearchRequestDataAttributesTrack.TRACE, **more,
    )  # fmt: skip
    data = IssuesSearchRequestData(attributes=attributes, type=IssuesSearchRequestDataType.SEARCH_REQUEST)
    return api.search_issues(IssuesSearchRequest(data=data))


def set_state(api: ErrorTrackingApi, issue: str, state: str) -> str:
    data = IssueUpdateStateRequestData(
        attributes=IssueUpdateStateRequestDataAttributes(state=IssueState(state)), id=issue,
        type=IssueUpdateStateRequestDataType.ERROR_TRACKING_ISSUE,
    )  # fmt: skip
    answer = api.update_issue_state(issue, IssueUpdateStateRequest(data=data))
    return str(answer.data.attributes.state)


def test_an_issue_is_found_resolved_and_back_in_a_newer_version(
    server: RunningServer, api: ErrorTrackingApi
) -> None:
    fail(server, "1.0")
    fail(server, "1.0", "no item 4")
    (result,) = found(api).data
    assert (result.attributes.total_count, result.attributes.impacted_users) == (2, 1)
    issue = api.get_issue(result.id).data
    assert (issue.attributes.error_type, str(issue.attributes.state)) == ("LookupError", "OPEN")
    assert issue.attributes.first_seen_version == "1.0"
    assert set_state(api, result.id, "RESOLVED") == "RESOLVED"
    fail(server, "1.0")
    assert str(api.get_issue(result.id).data.attributes.state) == "RESOLVED"
    fail(server, "1.1")
    back = api.get_issue(result.id).data.attributes
    assert (str(back.state), back.regression.regressed_at_version) == ("OPEN", "1.1")
    assert found(api, states=[IssueState("RESOLVED")]).data == []
    page = requests.get(
        f"{server.url}/api/ui/error-tracking/issues/{result.id}", headers=server.headers, timeout=60
    ).json()
    assert [one["version"] for one in page["versions"]] == ["1.1", "1.0"]
    assert len(page["samples"]) == 4
    assert page["activity"][0]["change"] == "Regressed in version 1.1"


def test_an_issue_is_assigned(server: RunningServer, api: ErrorTrackingApi) -> None:
    fail(server, "1.0", "assigned", "AssignedError")
    issue = next(
        one.id
        for one in found(api).data
        if api.get_issue(one.id).data.attributes.error_type == "AssignedError"
    )
    with ApiClient(server.configuration()) as client:
        user = UsersApi(client).list_users().data[0].id
    data = IssueUpdateAssigneeRequestData(id=user, type=IssueUpdateAssigneeRequestDataType.ASSIGNEE)
    answer = api.update_issue_assignee(issue, IssueUpdateAssigneeRequest(data=data)).data
    assert (answer.relationships.assignee.data.id, str(answer.attributes.state)) == (user, "ACKNOWLEDGED")
    assert [one.id for one in found(api, assignee_ids=[UUID(user)]).data] == [issue]
    api.delete_issue_assignee(issue)
    assert found(api, assignee_ids=[UUID(user)]).data == []


def test_errors_of_an_excluded_issue_are_not_stored(server: RunningServer, api: ErrorTrackingApi) -> None:
    fail(server, "1.0", "excluded", "ExcludedError")
    issue = next(
        one.id
        for one in found(api).data
        if api.get_issue(one.id).data.attributes.error_type == "ExcludedError"
    )
    set_state(api, issue, "EXCLUDED")
    fail(server, "1.0", "excluded", "ExcludedError")
    assert next(one for one in found(api).data if one.id == issue).attributes.total_count == 1


def test_what_is_wrong_is_refused(api: ErrorTrackingApi, server: RunningServer) -> None:
    with pytest.raises(ApiException) as missing:
        api.get_issue("c1726a66-1f64-11ee-b338-da7ad0900002")
    assert missing.value.status == 404
    url = f"{server.url}/api/v2/error-tracking/issues/search"
    for attributes in (
        {},
        {"query": "*", "from": 1, "to": 2},
        {"query": "*", "from": 2, "to": 1, "track": "trace"},
    ):
        body = {"data": {"type": "search_request", "attributes": attributes}}
        assert requests.post(url, json=body, headers=server.headers, timeout=60).status_code == 400
