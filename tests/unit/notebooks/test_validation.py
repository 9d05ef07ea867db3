from __future__ import annotations

import random
import re
from typing import Any

import pytest

from heeler.notebooks.validation import problems, with_cell_ids

CELL = {"type": "notebook_cells", "attributes": {"definition": {"type": "markdown", "text": "# Hi"}}}


def notebook(**changes: Any) -> dict[str, Any]:
    return {"name": "n", "time": {"live_span": "1h"}, "cells": [CELL], **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, None),
        ({"name": "x" * 81}, "Invalid 'name'. Expected a string of at most 80 characters"),
        ({"time": None}, "Invalid 'time'. Expected an object with 'live_span', or with 'start' and 'end'"),
        (
            {"metadata": {"type": "poem"}},
            "Invalid 'metadata.type': 'poem'. Expected one of "
            "documentation, investigation, postmortem, report, runbook",
        ),
        ({"cells": {}}, "Invalid 'cells'. Expected a list of at most 500 cells"),
        (
            {"cells": [{"attributes": {}}]},
            "cells[0]: 'attributes.definition' must be an object with a 'type'",
        ),
        (
            {"cells": [{"attributes": {"definition": {"type": "markdown"}}}]},
            "cells[0]: a markdown cell requires 'text'",
        ),
    ],
)
def test_problems_name_their_place(changes: dict[str, Any], message: str | None) -> None:
    assert problems(notebook(**changes)) == ([] if message is None else [message])


def test_cells_get_ids_and_keep_their_own() -> None:
    given = {**CELL, "id": "abcd1234"}
    first, second, third = with_cell_ids([given, CELL, given], random.Random(1))
    assert first["id"] == "abcd1234"
    assert re.fullmatch(r"[a-z0-9]{8}", second["id"])
    assert third["id"] != "abcd1234"
