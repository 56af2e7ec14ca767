"""A WhatsApp Web server on loopback, with the phones of its users: a process of its own.

Importing it imports neonize, for its protobuf classes, without the Go library that comes with them:
neonize leaves it out if SPHINX is set at that moment. The variable is put back at once, as child
processes would inherit it.
"""

import os

_before = os.environ.get("SPHINX")
os.environ["SPHINX"] = "1"

import pylibmagic  # noqa: E402, F401 - before neonize, which needs the libmagic inside it

# isort: split
import neonize  # noqa: E402, F401

if _before is None:
    del os.environ["SPHINX"]
else:
    os.environ["SPHINX"] = _before
