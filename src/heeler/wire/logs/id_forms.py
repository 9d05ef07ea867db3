"""Trace and span ids in attributes of logs: tracers write them as text, and they are columns.

Of an attribute whose value a column has, only the form is stored: a letter in place of some 20 digits and a
key. ``ids`` are the forms of :data:`ID_PATHS`, or empty where neither is stored so.
"""

from __future__ import annotations

from heeler.wire.json_codec import looks_like_json

#: Attributes that may be stored as forms, the trace id first.
ID_PATHS = ("dd.trace_id", "dd.span_id")
#: A decimal number as a string, 32 hexadecimal digits as a string (of a trace), a number, no form.
DECIMAL, HEX, NUMBER, NO_FORM = "d", "h", "n", "."


def form_of(text: str | None, low: int, high: int | None = None) -> str:
    """The form of ``text``, a stored value (None: there is none), if it is the id with these halves.

    A span id has no upper half.
    """
    if not low or text is None:
        return NO_FORM
    if text == f'"{low}"':
        return DECIMAL
    if text == str(low):
        return NUMBER
    if high is None:
        return NO_FORM
    digits = f"{high:016x}{low:016x}"
    return HEX if text == (f'"{digits}"' if looks_like_json(digits) else digits) else NO_FORM


def value_of(form: str, low: int, high: int = 0) -> str | int:
    """Inverse of :func:`form_of`: the value, decoded."""
    if form == NUMBER:
        return low
    return str(low) if form == DECIMAL else f"{high:016x}{low:016x}"


def ids_of(forms: str) -> str:
    """The ``ids`` of a log with these forms."""
    return "" if forms == NO_FORM * len(ID_PATHS) else forms
