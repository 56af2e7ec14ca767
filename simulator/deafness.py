"""A TCP connection to which no packet gets through, as if its cable were cut.

A filter on the socket drops what arrives before TCP has seen it: nothing is acknowledged, the other
side's kernel sends it again and again as it would to a network that is gone, and what it sends last
gets through when the filter is taken away. Linux only; any user may do it to a socket of his own.
"""

import ctypes
import socket
import struct

SO_ATTACH_FILTER = 26
SO_DETACH_FILTER = 27
#: One instruction of the classic Berkeley packet filter: return 0, keep nothing of the packet.
KEEP_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)


def deafen(tcp: socket.socket) -> None:
    """Drop all that arrives; OSError if the kernel can't."""
    code = ctypes.create_string_buffer(KEEP_NOTHING)
    program = struct.pack("HL", 1, ctypes.addressof(code))
    tcp.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def hear(tcp: socket.socket) -> None:
    """Take in again what arrives."""
    tcp.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
