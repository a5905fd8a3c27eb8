"""A tether: runs a program that ends with its owner, even with one that was killed.

    python -m app.sandbox.demo.tether OWNER_PID PROGRAM ARGUMENTS...

On Linux the kernel is asked to do it (`PR_SET_PDEATHSIG`, prctl(2)), which holds across the exec; elsewhere the owner's
own clean-up has to do.
"""

import ctypes
import os
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1


def main(owner: int, command: list[str]) -> None:
    """Become `command`, tied to `owner`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != owner:
            sys.exit("the owner is gone already")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
