"""Serializers of issues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from heeler.accounts.model import User
from heeler.errors.model import IssueState
from heeler.errors.store import Issue, Window

_LANGUAGES = {
    "dotnet": "DOT_NET",
    "csharp": "C_SHARP",
    "cpp": "C_PLUS_PLUS",
    "node": "JAVASCRIPT",
    "nodejs": "JAVASCRIPT",
}
_KNOWN_LANGUAGES = frozenset(
    [
        "C",
        "CLOJURE",
        "ELIXIR",
        "ERLANG",
        "GO",
        "JAVA",
        "JAVASCRIPT",
        "JVM",
        "KOTLIN",
        "PERL",
        "PHP",
        "PYTHON",
        "RUBY",
        "RUST",
        "SCALA",
        "SWIFT",
        "TYPESCRIPT",
    ]
)


def milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)


def search_result(window: Window) -> dict[str, Any]:
    return {
        "id": window.issue,
        "type": "error_tracking_search_result",
        "attributes": {"total_count": window.count, "impacted_sessions": 0, "impacted_users": window.users},
        "relationships": {"issue": {"data": {"id": window.issue, "type": "issue"}}},
    }


def issue_v2(issue: Issue, state: IssueState, assignee: User | None) -> dict[str, Any]:
    """Serialize an issue; browser and mobile errors are not distinguished from those of servers."""
    attributes: dict[str, Any] = {
        "service": issue.service,
        "state": state.state,
        "error_type": issue.type,
        "error_message": issue.message,
        "file_path": issue.file,
        "function_name": issue.function,
        "first_seen": milliseconds(issue.first_seen),
        "last_seen": milliseconds(issue.last_seen),
        "first_seen_version": issue.first_version,
        "last_seen_version": issue.last_version,
        "is_crash": False,
        "languages": [_language(one) for one in issue.languages],
        "platform": "BACKEND",
    }
    if state.regressed_at:
        attributes["regression"] = {
            "regressed_at": state.regressed_at.isoformat(),
            "regressed_at_version": state.regressed_version,
            **({"resolved_at": state.resolved_at.isoformat()} if state.resolved_at else {}),
        }
    found: dict[str, Any] = {"id": issue.id, "type": "issue", "attributes": attributes}
    if assignee is not None:
        found["relationships"] = {"assignee": {"data": {"id": assignee.uuid, "type": "user"}}}
    return found


def _language(name: str) -> str:
    upper = _LANGUAGES.get(name.lower(), name.upper())
    return upper if upper in _KNOWN_LANGUAGES or name.lower() in _LANGUAGES else "UNKNOWN"


def user_v2(user: User) -> dict[str, Any]:
    attributes = {"name": user.name, "handle": user.email, "email": user.email}
    return {"id": user.uuid, "type": "user", "attributes": attributes}


def issue_row(
    issue: Issue, window: Window | None, state: IssueState, assignee: User | None
) -> dict[str, Any]:
    """Serialize an issue for the page's list; times are UNIX seconds."""
    return {
        "id": issue.id,
        "service": issue.service,
        "type": issue.type,
        "message": issue.message,
        "file": issue.file,
        "function": issue.function,
        "languages": list(issue.languages),
        "sources": list(issue.sources),
        "first_seen": issue.first_seen.timestamp(),
        "last_seen": issue.last_seen.timestamp(),
        "first_version": issue.first_version,
        "last_version": issue.last_version,
        "total": issue.total,
        "state": state.state,
        "regressed_at": state.regressed_at.timestamp() if state.regressed_at else None,
        "assignee": {"id": assignee.uuid, "name": assignee.name or assignee.email} if assignee else None,
        **_of_window(window),
    }


def _of_window(window: Window | None) -> Mapping[str, Any]:
    if window is None:
        return {"count": 0, "users": 0, "trend": [], "versions": []}
    return {
        "count": window.count,
        "users": window.users,
        "trend": list(window.trend),
        "versions": list(window.versions),
    }
