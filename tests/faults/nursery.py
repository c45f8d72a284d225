"""A process that has everything imported that a build needs, and forks a build whenever it is asked to.

What is killed is a process that runs the whole build, as in child.py; only the start of Python and the imports, three
quarters of such a process's time, are paid once.  Builds with real models start Python anew: the libraries of models do
not work after a fork.

Usage: nursery.py SOCKET, the number of an open Unix socket.

A request is [folder, wish] in JSON, with the files for the child's standard output and error.  The reply is the
child's process id.  The next message asks for its end, and the reply is the exit code; until then the id is the child's
own, dead or alive, so that a kill meets nobody else.
"""

import contextlib
import io
import json
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import child


def main() -> None:
    """Fork until the other side is gone."""
    link = socket.socket(fileno=int(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        for size in (2, 4):  # imports what builds import late, and what is only needed where something was built before
            child.run(Path(folder) / "w", {"size": size})
    while True:
        request, files, _, _ = socket.recv_fds(link, 65536, 2)
        if not request:
            return
        process = os.fork()
        if process == 0:
            link.close()
            os.setpgid(0, 0)
            become(request, files)
        with contextlib.suppress(OSError):  # whoever comes first
            os.setpgid(process, process)
        for file in files:
            os.close(file)
        link.send(str(process).encode())
        if not link.recv(64):
            return
        link.send(str(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])).encode())


def become(request: bytes, files: list[int]) -> NoReturn:
    """Be the child: build, and end."""
    for file, place in zip(files, (1, 2), strict=True):
        os.dup2(file, place)
        os.close(file)
    folder, wish = json.loads(request)
    if wish.get("real"):
        os.execv(sys.executable, [sys.executable, child.__file__, folder, json.dumps(wish)])
    sys.exit(child.run(Path(folder), wish))


if __name__ == "__main__":
    main()
