"""All limits of queries; documented in ``docs/query-limits.md``."""

from __future__ import annotations

import psutil

#: Characters of a query's text, and how deep its expressions may be nested.
MAX_TEXT = 32_768
MAX_DEPTH = 120
#: Tag keys of one ``by {...}``.
MAX_GROUP_KEYS = 50
#: Texts longer than this are parsed and planned in the pool of queries, not on the event loop.
SHORT_TEXT = 1_000

#: Points of a line, whatever rollup the query names.
MAX_POINTS = 1_500
#: Buckets that are computed for one selector, history for algorithms included.
MAX_BUCKETS = 200_000
#: Values of one selector (series x buckets) that are held at once.
MAX_CELLS = 50_000_000
#: Groups and values of an answer; the rest is cut with a note.
MAX_GROUPS = 10_000
MAX_VALUES = 5_000_000
#: Seconds before its window that a fill looks back over, at most, and what one without a limit does.
MAX_FILL_LOOK_BACK = 86_400
FILL_LOOK_BACK = 3_600

#: What one query may take: seconds of wall clock, bytes of the tables it makes, rows it reads from the store.
MAX_SECONDS = 30.0
MAX_BYTES = min(max(psutil.virtual_memory().total // 4, 256 * 2**20), 2 * 2**30)
#: Bytes of the tables of all queries that run.
MAX_TOTAL_BYTES = 2 * MAX_BYTES
MAX_ROWS = 500_000_000

#: Threads that plan, read, evaluate and encode: for queries of the API, and for monitors and other background
#: work; queries of the API that run at a time and that wait for their turn.
THREADS = 4
BACKGROUND_THREADS = 4
MAX_RUNNING = 8
MAX_WAITING = 200
MAX_WAIT_SECONDS = 20.0
#: Work with fewer values than this is done where it is: a thread would take longer to wake up.
FEW_CELLS = 20_000
