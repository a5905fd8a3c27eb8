"""What runs inside the emulator's process, in the emulator's own environment.

    __main__.py     bind a port, say where temporary files go, leave when the owner does
    emulator.py     the emulator with all of the below around it
    door.py         the ASGI layer in front: log each call, play the faults, answer `/_sandbox/...`
    calls.py        which service and action a request is, and the log of calls
    faults.py       planned answers and broken connections
    wire.py         a connection that can be cut
    lifecycle.py    the engine's operations, stretched over time
    failures.py     planned failures of resources
    nesting.py      nested stacks that fail, and take their parents along
    refusals.py     what CloudFormation refuses and the emulator does not
    resources.py    buckets that refuse to go while they hold something, tags, templates in S3
    apis.py         routes of HTTP APIs, and addresses that answer on this machine

Only the standard library, ministack and what ministack brings may be imported here, and siblings by relative import:
the process starts as `python -m server` and knows nothing of the program around it. The patched names of ministack
are private ones, which is why it is pinned exactly and why a contract test plays through all of this.
"""
