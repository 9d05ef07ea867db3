"""A small public API in memory: dashboards, monitors, SLOs, users, teams, and the id map."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from heeler.importers.client import ApiProblem

Object = dict[str, Any]

_LISTS = {
    "/api/v1/dashboard": "dashboards",
    "/api/v1/monitor": "",
    "/api/v1/slo": "data",
    "/api/v2/users": "data",
    "/api/v2/roles": "data",
}


class FakeApi:
    """``fail`` is called with each request and may raise, before it has an effect; ``lose`` after it had."""

    def __init__(self, first_id: int = 1) -> None:
        self.things: dict[str, dict[str, Object]] = {path: {} for path in _LISTS}
        self.objects: list[Object] = []
        self.calls: list[tuple[str, str]] = []
        self.fail_at = self.lose_at = -1
        self.next = first_id

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [call for call in self.calls if call[0] != "GET" and "imports" not in call[1]]

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        self.calls.append((method, path))
        count = len(self.writes) if (method, path) in self.writes else -2
        if count == self.fail_at:
            raise ApiProblem(500, "500: failed")
        answer = self._answer(method, path, query or {}, body)
        if count == self.lose_at:
            raise ApiProblem(0, "no answer")
        return answer

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
        if path == "/api/ui/imports/objects":
            return self._map(method, query, body)
        if path == "/api/v2/permissions":
            return {"data": []}
        for start in sorted(_LISTS, key=len, reverse=True):
            if path == start:
                return self._list(start) if method == "GET" else self._create(start, body)
            if path.startswith(start + "/"):
                return self._one(start, path.removeprefix(start + "/"), method, body)
        if method == "GET":
            raise ApiProblem(404, f"404: {path}")
        raise ApiProblem(405, f"405: {path}")

    def _map(self, method: str, query: Mapping[str, str], body: Any) -> Any:
        if method == "GET":
            found = [one for one in self.objects if one["source"] == query["source"]]
            return {"objects": found[int(query["start"]) :][: int(query["count"])]}
        same = ("source", "kind", "source_id")
        self.objects = [one for one in self.objects if any(one[name] != body[name] for name in same)]
        self.objects.append(body)
        return None

    def _list(self, start: str) -> Any:
        found = list(self.things[start].values())
        return {_LISTS[start]: found} if _LISTS[start] else found

    def _create(self, start: str, body: Any) -> Any:
        id_: Any = self.next
        self.next += 1
        if start == "/api/v1/dashboard":
            id_ = "".join(chr(97 + int(digit)) for digit in f"{id_:09}")
            id_ = re.sub(r"(...)(...)(...)", r"\1-\2-\3", id_)
        elif start == "/api/v1/slo":
            id_ = f"{id_:032x}"
        made = {**body.get("data", body), "id": id_}
        self.things[start][str(id_)] = made
        if start == "/api/v1/slo":
            return {"data": [made]}
        return {"data": made} if start.startswith("/api/v2") else made

    def _one(self, start: str, id_: str, method: str, body: Any) -> Any:
        if id_ not in self.things[start]:
            raise ApiProblem(404, f"404: {start}/{id_}")
        if method != "GET":
            self.things[start][id_] = {**self.things[start][id_], **body.get("data", body)}
        return self.things[start][id_]
