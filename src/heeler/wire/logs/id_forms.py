"""Short forms of trace and span ids in attributes of logs: tracers write them as text, and they are columns.

An attribute of some 20 digits whose value a column has is stored as a form of two characters. No other value
is stored as these texts (:func:`heeler.wire.json_codec.looks_like_json`).
"""

from __future__ import annotations

from heeler.wire.json_codec import looks_like_json

#: Attributes that may be stored as forms, the trace id first.
ID_PATHS = ("dd.trace_id", "dd.span_id")
#: A decimal number as a string, 32 hexadecimal digits as a string, a decimal number.
DECIMAL, HEX, NUMBER = "-d", "-h", "-n"
FORMS = (DECIMAL, HEX, NUMBER)


def form_of(text: str, high: int, low: int) -> str:
    """The form of ``text``, a value as it is stored, where it is the id with these halves; else ``text``."""
    if not low or len(text) < len(DECIMAL):
        return text
    if text == f'"{low}"':
        return DECIMAL
    if text == str(low):
        return NUMBER
    digits = f"{high:016x}{low:016x}"
    return HEX if text == (f'"{digits}"' if looks_like_json(digits) else digits) else text


def value_of(form: str, high: int, low: int) -> str | int:
    """Inverse of :func:`form_of`: the value, decoded."""
    if form == NUMBER:
        return low
    return str(low) if form == DECIMAL else f"{high:016x}{low:016x}"
