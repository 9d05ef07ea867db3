from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.sql_marks import ClosingMarks


@given(st.text("*/]a", max_size=20))
def test_equals_a_plain_search(text: str) -> None:
    marks = ClosingMarks(text)
    for start in range(len(text) + 1):
        for mark in ("*/", "]"):
            found = text.find(mark, start)
            assert marks.after(mark, start) == (found + len(mark) if found >= 0 else -1)


@given(st.text("$ab1 ", max_size=20))
def test_tags_of_dollar_quotes(text: str) -> None:
    marks = ClosingMarks(text)
    for opening in re.finditer(r"\$(?:[^\W\d]\w*)?\$", text):
        found = text.find(opening.group(), opening.end())
        wanted = found + len(opening.group()) if found >= 0 else -1
        assert marks.after_tag(opening.group(), opening.end()) == wanted
