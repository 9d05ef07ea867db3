"""Pictures as PDF."""

from __future__ import annotations

import re
import struct
import zlib

import pytest

from heeler.render.pdf import PdfError, png_to_pdf
from heeler.render.png import render_png

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">'
    '<rect width="40" height="20" fill="#c4273b"/></svg>'
)


def test_a_page_shows_the_rows_of_the_png_unchanged() -> None:
    png = render_png(SVG, 1)
    pdf = png_to_pdf(png, "Größe")
    assert pdf.startswith(b"%PDF-1.5")
    assert pdf.endswith(b"%%EOF\n")
    assert "Größe".encode("utf-16-be").hex().encode() in pdf
    assert b"/Width 40 /Height 20" in pdf
    colors = int(re.search(rb"/Colors (\d)", pdf)[1])  # type: ignore[index]
    found = re.search(rb"/Columns 40 >> /Length (\d+) >>\nstream\n", pdf)
    assert found is not None
    rows = zlib.decompress(pdf[found.end() : found.end() + int(found[1])])
    assert len(rows) == 20 * (1 + 40 * colors)
    assert f"0 0 {595.28:.2f} {595.28 / 2:.2f}".encode() in pdf


def test_the_table_of_objects_leads_to_each() -> None:
    pdf = png_to_pdf(render_png(SVG, 1), "x")
    start = int(re.search(rb"startxref\n(\d+)", pdf)[1])  # type: ignore[index]
    places = [int(one) for one in re.findall(rb"(\d{10}) 00000 n", pdf[start:])]
    assert [pdf[place:].split(b" ", 1)[0] for place in places] == [
        b"%d" % n for n in range(1, len(places) + 1)
    ]


def test_other_files_are_refused() -> None:
    with pytest.raises(PdfError, match="Not a PNG"):
        png_to_pdf(b"GIF89a", "x")
    head = struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)
    indexed = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + b"0000"
    with pytest.raises(PdfError, match="incomplete"):
        png_to_pdf(indexed, "x")
    with pytest.raises(PdfError, match="Only PNGs of 8 bits"):
        png_to_pdf(indexed + struct.pack(">I", 1) + b"IDATx0000", "x")
