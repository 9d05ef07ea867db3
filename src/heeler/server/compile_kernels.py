"""``python -m heeler.server.compile_kernels``: fills numba's on-disk cache with the compiled loops."""

from __future__ import annotations

from heeler.query.metrics import warmup
from heeler.wire.logs import fast_path as logs_fast_path
from heeler.wire.metrics import fast_path
from heeler.wire.traces import fast_encode
from heeler.wire.traces import fast_path as spans_fast_path


def main() -> None:
    fast_path.prepare()
    logs_fast_path.prepare()
    spans_fast_path.prepare()
    fast_encode.prepare()
    warmup.warm_up()


if __name__ == "__main__":
    main()
