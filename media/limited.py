"""Becomes another program that has little of the machine: `python media/limited.py PROGRAM …`.

It runs by itself, without anything of ours around it, so that it begins at once.
"""

import os
import resource
import sys

#: Bytes of memory, seconds of processor, open files, and bytes of any file that it may write.
_LIMITS = (
    (resource.RLIMIT_AS, 1024 * 1024 * 1024),
    (resource.RLIMIT_CPU, 60),
    (resource.RLIMIT_NOFILE, 16),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
)
#: Whatever it does can wait: messages cannot.
_NICE = 10

if __name__ == "__main__":
    for what, most in _LIMITS:
        resource.setrlimit(what, (most, most))
    os.nice(_NICE)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - without a shell
