from __future__ import annotations

import os
from pathlib import Path

import pytest

from heeler.server.lock import DataInUse, only_server


def test_a_second_server_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    with (
        only_server(tmp_path),
        pytest.raises(DataInUse, match=rf"process {os.getpid()}\).*HEELER_DATA"),
        only_server(tmp_path),
    ):
        pass


def test_the_folder_is_free_after_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        with only_server(tmp_path):
            pass
