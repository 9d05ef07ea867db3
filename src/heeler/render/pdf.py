"""Embeds a PNG in a one-page PDF without decoding it: PDF reads the same compressed rows (PNG predictors)."""

from __future__ import annotations

import struct

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Points per pixel: a page of 1,280 pixels is as wide as A4.
_A4_WIDTH = 595.28
_TITLE_LIMIT = 200


class PdfError(ValueError):
    """The PNG has a format that cannot be embedded in a PDF."""


def png_to_pdf(png: bytes, title: str) -> bytes:
    """PDF with one page that shows ``png`` (8 bits, RGB or RGBA, not interlaced), as wide as A4.

    The alpha of RGBA is dropped by the color space: renderings of dashboards are opaque.
    """
    width, height, channels, data = _read(png)
    scale = _A4_WIDTH / width
    page = (_A4_WIDTH, height * scale)
    color = (
        b"/DeviceRGB"
        if channels == 3
        # Four channels, of which the function to RGB drops the last.
        else b"[/DeviceN [/R /G /B /A] /DeviceRGB 7 0 R]"
    )
    draw = b"q %.2f 0 0 %.2f 0 0 cm /Im Do Q" % page
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents 5 0 R "
        b"/Resources << /XObject << /Im 4 0 R >> >> >>" % page,
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace %s "
        b"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors %d /BitsPerComponent 8 /Columns %d >> "
        b"/Length %d >>\nstream\n%s\nendstream" % (width, height, color, channels, width, len(data), data),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(draw), draw),
        b"<< /Title %s /Producer (Heeler) >>" % _string(title[:_TITLE_LIMIT]),
        b"<< /FunctionType 4 /Domain [0 1 0 1 0 1 0 1] /Range [0 1 0 1 0 1] /Length 7 >>\n"
        b"stream\n{ pop }\nendstream",
    ]
    return _file(objects)


def _read(png: bytes) -> tuple[int, int, int, bytes]:
    """Width, height, channels and the compressed rows. Raises :class:`PdfError`."""
    if not png.startswith(_SIGNATURE):
        raise PdfError("Not a PNG")
    place, rows, head = len(_SIGNATURE), [], b""
    while place + 8 <= len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        body = png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            head = body
        elif kind == b"IDAT":
            rows.append(body)
        place += 12 + length
    if len(head) != 13 or not rows:
        raise PdfError("The PNG is incomplete")
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    channels = {2: 3, 6: 4}.get(color)
    if depth != 8 or channels is None or interlaced:
        raise PdfError("Only PNGs of 8 bits, RGB or RGBA and not interlaced, can be put into a PDF")
    return width, height, channels, b"".join(rows)


def _string(text: str) -> bytes:
    return b"<" + ("\ufeff" + text).encode("utf-16-be").hex().encode() + b">"


def _file(objects: list[bytes]) -> bytes:
    parts, places, size = [b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"], [], 0
    size = len(parts[0])
    for number, body in enumerate(objects, 1):
        places.append(size)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        size += len(parts[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    parts.append(
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, size)
    )
    return b"".join(parts)
