"""Names of the files of archives."""

from __future__ import annotations

from pathlib import Path

from heeler.logs.archives.spool import Spooled
from heeler.logs.archives.writing import object_key


def test_a_name_follows_from_the_spooled_file() -> None:
    file = Spooled("a", Path("x"), 1_792_000_059_042, "0123456789ab", 1)
    key = "dt=20261014/hour=17/archive_174739.0420.0123456789ab.json.gz"
    assert object_key(file, ".json.gz") == key
