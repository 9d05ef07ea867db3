"""What the embedded engine may take of the machine, as its own server settings.

Its defaults are those of a server that has a machine for itself: caches of 5 GiB, and pools of up to a
hundred threads each, which grow when the disk is slow and stay. Under mixed load on two busy cores the
process went from 58 threads and 148 open files to 183 and 535 within minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_MIB = 2**20

_CACHES_MIB = {
    "mark_cache_size": 64,
    "primary_index_cache_size": 64,
    "index_mark_cache_size": 16,
    "text_index_tokens_cache_size": 32,
    "text_index_header_cache_size": 32,
    "text_index_postings_cache_size": 32,
    "query_condition_cache_size": 16,
    "compiled_expression_cache_size": 16,
}
_THREADS = {
    "load_marks_threadpool_pool_size": 4,
    "threadpool_local_fs_reader_pool_size": 8,
    "threadpool_writer_pool_size": 8,
    "prefetch_threadpool_pool_size": 4,
    "max_unexpected_parts_loading_thread_pool_size": 2,
    "parts_killer_pool_size": 4,
    "snapshot_cleaner_pool_size": 2,
    # Threads between two tasks: what is above these is ended.
    "max_thread_pool_free_size": 24,
}

LIMITS: Mapping[str, int] = MappingProxyType(
    {**{name: size * _MIB for name, size in _CACHES_MIB.items()}, **_THREADS}
)
"""Name to value, in bytes or threads; `system.server_settings` shows them."""
