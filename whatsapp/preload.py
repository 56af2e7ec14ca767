"""The forkserver imports this before it forks a worker: everything but a running Go runtime.

Importing it changes the process, so that nothing else may: see the statements at the end.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from multiprocessing import popen_forkserver
from pathlib import Path

from whatsapp import worker, worker_entry
from whatsapp.forkserver_guards import guard_forkserver, outlive_server_briefly
from whatsapp.go_runtime import map_library
from whatsapp.linux import ENDING_SIGNALS
from whatsapp.packing import fill_holes
from whatsapp.picture_facts import picture_facts
from whatsapp.qr_picture import render_qr

#: What a worker needs from its first moment: imported in each it would be paid for in each.
__all__ = ["FORKSERVER_PID", "popen_forkserver", "worker", "worker_entry"]

#: A worker whose parent is another process has lost its forkserver.
FORKSERVER_PID = os.getpid()

outlive_server_briefly()
# The server alone ends its processes: a terminal's Ctrl+C and its end, a service manager's SIGTERM
# and its watchdog's SIGABRT reach all of them, and a worker that died of one would look like one
# that crashed, with messages in hand that stand in no journal.
for number in ENDING_SIGNALS:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING_SIGNALS)
os.umask(0o077)
guard_forkserver()
# Seconds after which a thread gives way to one that waits. The handler of a message must not
# stand behind the thread that tells the server of the one before: see `intake`.
sys.setswitchinterval(0.0001)
# multiprocessing would run the main module in every worker again, 3 MiB of pages each, unless it
# finds that it has been run: it would find nothing in there that a worker needs.
sys.modules["__main__"].__file__ = str(Path(__file__).parents[1] / "main.py")
map_library()
# Pillow and qrcode load the rest of themselves at their first picture.
picture_facts(render_qr("once, for all workers"), with_thumbnail=True)
# What is alive now stays alive: keep the collector from touching, and so from copying, its pages.
gc.collect()
gc.freeze()
# It holds the names of attributes that were looked up, all over the heap: a worker's own would take
# their places, and each would cost the page of the one before.
sys._clear_type_cache()  # noqa: SLF001 - documented, in spite of its name
fill_holes()
