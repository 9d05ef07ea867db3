"""All limits of queries; documented in ``docs/query-limits.md``."""

from __future__ import annotations

import psutil

#: Maximum characters of a query's text, and nesting of its expressions.
MAX_TEXT = 32_768
MAX_DEPTH = 120
#: Maximum tag keys of one ``by {...}``.
MAX_GROUP_KEYS = 50
#: Longer texts are parsed and planned in the query pool, not on the event loop.
SHORT_TEXT = 1_000

#: Maximum points of a series, whatever rollup the query has.
MAX_POINTS = 1_500
#: Maximum buckets computed for one selector, including history for algorithms.
MAX_BUCKETS = 200_000
#: Maximum values of one selector (series x buckets) held at once.
MAX_CELLS = 50_000_000
#: Maximum groups and values of a result; the rest is dropped with a note.
MAX_GROUPS = 10_000
MAX_VALUES = 5_000_000
#: Maximum look-back of a fill, in seconds, and the default of one without a limit.
MAX_FILL_LOOK_BACK = 86_400
FILL_LOOK_BACK = 3_600

#: Budget of one query: seconds of wall clock, bytes of its tables, rows read from the store.
MAX_SECONDS = 30.0
MAX_BYTES = min(max(psutil.virtual_memory().total // 16, 256 * 2**20), 2**30)
#: Maximum bytes of the tables of all running queries, and of those of the API alone: the rest is left to
#: monitors and other background work.
MAX_TOTAL_BYTES = MAX_BYTES
MAX_API_BYTES = MAX_TOTAL_BYTES * 3 // 4
MAX_ROWS = 500_000_000

#: Threads that plan, read, evaluate and encode: for queries of the API, and for monitors and other background
#: work; maximum number of running and of waiting queries of the API.
THREADS = min(max(psutil.cpu_count() or 1, 2), 4)
BACKGROUND_THREADS = THREADS
MAX_RUNNING = 2 * THREADS
MAX_WAITING = 200
MAX_WAIT_SECONDS = 20.0
#: Work with fewer values runs inline: waking a thread would take longer.
FEW_CELLS = 20_000
