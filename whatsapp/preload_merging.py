"""The forkserver imports this, before all else, where equal pages are to be merged.

The request is made inside the forkserver and not before: older kernels forget it at exec. Every
fork inherits it.
"""

from __future__ import annotations

from contextlib import suppress

from whatsapp.linux import merge_equal_pages

# Only memory depends on it, and the server has said in its log whether it can be had.
with suppress(OSError):
    merge_equal_pages()
