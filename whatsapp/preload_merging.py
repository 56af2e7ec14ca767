"""The forkserver imports this, after all else, where equal pages are to be merged."""

from __future__ import annotations

from whatsapp.page_merging import want_merging

want_merging()
