"""The private server ends with whoever started it, and keeps others out."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pglocal import Server, ServerError, get_postgres

TOOLS = Path(__file__).resolve().parent.parent.parent / "tools"
PATIENCE = 60  # seconds: how long a condition may take on a busy machine

START = """\
import os, sys, time
sys.path.insert(0, sys.argv[1])
from pglocal import Server
server = Server(sys.argv[2]).start()
print(server.pid, server.socket_dir, flush=True)
if sys.argv[3] == "fork":
    os.fork()
while True:  # one long sleep would go on after a signal that comes just before it
    time.sleep(0.1)
"""


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {PATIENCE} s"
        time.sleep(0.05)


@pytest.fixture
def owner(request):
    """A process that has started a server: (process, the server's pid, its directory)."""
    bindir = get_postgres().bindir
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(TOOLS), bindir, request.param],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    pid, base = process.stdout.readline().split()
    yield process, int(pid), Path(base)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("owner", ["alone", "fork"], indirect=True)
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_server_ends_with_its_owner(owner, signum):
    process, pid, base = owner
    assert is_running(pid)
    assert base.is_dir()
    process.send_signal(signum)
    process.wait()
    wait_until(lambda: not is_running(pid))
    wait_until(lambda: not base.exists())


@pytest.mark.parametrize("owner", ["alone"], indirect=True)
def test_server_ends_with_its_supervisor(owner):
    process, pid, base = owner
    supervisor = int(
        re.search(r"^PPid:\s*(\d+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1]
    )
    assert supervisor != process.pid
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not is_running(pid))
    shutil.rmtree(base)  # the one who would have done it is dead


def test_directory_is_private(tmp_path):
    with Server(get_postgres().bindir) as server:
        found = os.stat(server.socket_dir)
        assert stat.S_IMODE(found.st_mode) == 0o700
        assert found.st_uid != 0


def test_programs_that_are_not_there_are_named(tmp_path):
    with pytest.raises(ServerError, match=re.escape(f"{tmp_path}/initdb")):
        Server(str(tmp_path)).start()
