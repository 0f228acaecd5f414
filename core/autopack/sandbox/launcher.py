"""Runs as a program of its own (`python -I -S launcher.py ...`) between Autopack and a command: standard library only.

Two modes, both of which set the limits and put the report channel on its known descriptor:

`watch` (levels 1 and 2) stays as the command's parent and as reaper of everything that detaches from it. It ends the whole
tree when the command has ended or when the other end of the `life` pipe closes: Autopack closes it on a time-out, the
kernel when Autopack dies. It writes `E<errno>` (the command could not be executed) and `X<wait status>` to `status`.

`exec` (level 3) becomes the command, bubblewrap, which dies with the thread that started it.

`confine` names two descriptors with a Landlock ruleset and a seccomp filter (level 2): the command takes both upon itself
as the last thing before it is executed, and is not executed when any part of it fails (`C<errno>`, the reason on stderr).
Never the launcher: both are for ever.

`locale` is "none" when the environment given holds no LC_CTYPE: Python adds one of its own to a C locale.
The first argument after the mode marks the process for `end_processes`: its environment is unreadable on purpose.
Kept lean because every command pays for it: no json, no signal, no argparse.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import stat
import struct
import sys
import time

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 4, 36, 38, 22
SECCOMP_FILTER = 2
OPENAT2, CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 437, 444, 445, 446
O_PATH, RESOLVE_NO_SYMLINKS = 0o10000000, 0x04
PATH_BENEATH = 1
FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
"""Landlock rights that a rule on a file may have: execute, write, read, truncate, device control."""
CAPABILITIES = 0x20080522
SIGKILL, SIGSTOP, SIGNALS = 9, 19 if sys.platform.startswith("linux") else 17, 32
PATIENCE = 5.0


class _Libc:
    """prctl where there is one, signal dispositions; both silent elsewhere."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._linux = sys.platform.startswith("linux")

    def prctl(self, option: int, value: int) -> None:
        if self._linux:
            zero = ctypes.c_ulong(0)
            self._libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero)

    def call(self, name: str, *arguments: object) -> int:
        """A function that says -1 when it fails. Raises OSError with its errno."""
        result = getattr(self._libc, name)(*arguments)
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result

    def default_signals(self) -> None:
        """An ignored signal stays ignored over exec: what Python ignores, and what nohup or a shell left to us."""
        for number in range(1, SIGNALS):
            if number not in (SIGKILL, SIGSTOP):
                self._libc.signal(ctypes.c_int(number), ctypes.c_void_p(0))


def main(arguments: list[str]) -> None:
    mode, _marker, parent, life, status, channel, channel_at, limits, locale, confine, separator, *argv = arguments
    if separator != "--":
        raise SystemExit(f"launcher: expected --, not {separator}")
    if locale == "none":
        os.environ.pop("LC_CTYPE", None)
    libc = _Libc()
    if mode == "exec":
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL)
        if os.getppid() != int(parent):
            os._exit(125)
        place_channel(int(channel), int(channel_at))
        set_limits(limits)
        libc.default_signals()
        os.execv(argv[0], argv)  # noqa: S606
    watch(libc, int(life), int(status), (int(channel), int(channel_at)), limits, confine, argv)


def watch(
    libc: _Libc, life: int, status: int, channel: tuple[int, int], limits: str, confine: str, argv: list[str]
) -> None:
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    libc.prctl(PR_SET_DUMPABLE, 0)
    os.set_inheritable(life, False)
    os.set_inheritable(status, False)
    supervisor = os.getpid()
    command = os.fork()
    if command == 0:
        try:
            os.setsid()
            libc.prctl(PR_SET_PDEATHSIG, SIGKILL)
            if os.getppid() != supervisor:
                os._exit(125)
            place_channel(*channel)
            set_limits(limits)
            libc.prctl(PR_SET_NO_NEW_PRIVS, 1)
            libc.default_signals()
            if confine != "none":
                confine_this_process(libc, status, *map(int, confine.split(",")))
            os.execvp(argv[0], argv)  # noqa: S606
        except Exception as error:
            os.write(status, b"E%d\n" % (getattr(error, "errno", None) or 0))
        finally:
            os._exit(127)
    if channel[0] >= 0:
        os.close(channel[0])
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    ended = wait(command, life)
    ended = end_descendants(command, ended)
    if ended is not None:
        os.write(status, b"X%d\n" % ended)
    os._exit(0)


def wait(command: int, life: int) -> int | None:
    """The command's wait status, or None when the life pipe closed first; orphans are reaped on the way."""
    poll = select.poll()
    poll.register(life, select.POLLIN)
    exact = hasattr(os, "pidfd_open")
    if exact:
        poll.register(os.pidfd_open(command), select.POLLIN)
    while True:
        ready = poll.poll(500 if exact else 20)
        ended = reap(command)
        if ended is not None:
            return ended
        if any(descriptor == life for descriptor, _ in ready):
            return None


def reap(command: int) -> int | None:
    """Reap whatever has ended; the command's wait status if it was among it. ChildProcessError: nobody is left."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == command:
            return status
        if pid == 0:
            return None


def end_descendants(command: int, ended: int | None) -> int | None:
    """Kill until nobody is left (at most PATIENCE seconds); the command's wait status if it became known."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            status = reap(command)
        except ChildProcessError:
            return ended
        ended = status if status is not None else ended
        for pid in descendants(os.getpid()) or ([] if ended is not None else [command]):
            try:
                os.kill(pid, SIGKILL)
            except OSError:
                pass
        time.sleep(0.001)
    return ended


def descendants(root: int) -> list[int]:
    """Every living or unreaped process below `root`; empty where there is no /proc."""
    children: dict[int, list[int]] = {}
    try:
        names = os.listdir("/proc")  # noqa: PTH208
    except OSError:
        return []
    for name in names:
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123
                parent = int(stat.read().rpartition(b")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        children.setdefault(parent, []).append(int(name))
    found: list[int] = []
    level = [root]
    while level:
        level = [child for parent in level for child in children.get(parent, [])]
        found += level
    return found


def place_channel(channel: int, number: int) -> None:
    """The report channel goes to its known descriptor, which no other of ours may have (see `spawn`)."""
    if channel >= 0:
        os.dup2(channel, number, inheritable=True)
        if channel != number:
            os.close(channel)


def confine_this_process(libc: _Libc, status: int, rules: int, program: int) -> None:
    """Without capabilities, inside the ruleset and behind the filter, or at an end."""
    try:
        os.get_exec_path()  # imports what os.execvp will need when files are out of reach
        ruleset, code = (os.read(descriptor, 1 << 24) for descriptor in (rules, program))
        os.close(rules)
        os.close(program)
        libc.call("capset", struct.pack("Ii", CAPABILITIES, 0), bytes(24))
        restrict_files(libc, ruleset)
        instructions = ctypes.create_string_buffer(code, len(code))
        fprog = struct.pack("HP", len(code) // 8, ctypes.addressof(instructions))
        zero = ctypes.c_ulong(0)
        libc.call("prctl", ctypes.c_int(PR_SET_SECCOMP), ctypes.c_ulong(SECCOMP_FILTER), fprog, zero, zero)
    except BaseException as error:
        os.write(2, f"{error}\n".encode("utf-8", "replace"))
        os.write(status, b"C%d\n" % (getattr(error, "errno", None) or 0))
        os._exit(126)


def restrict_files(libc: _Libc, ruleset: bytes) -> None:
    """Takes the ruleset (see `ruleset`) upon this process. No rule is on a link: its path has none by now."""
    head, *rules = ruleset.split(b"\0")[:-1]
    handled = struct.pack("QQQ", *map(int, head.split()))
    made = libc.call("syscall", ctypes.c_long(CREATE_RULESET), handled, ctypes.c_size_t(len(handled)), ctypes.c_uint(0))
    how = struct.pack("QQQ", O_PATH | os.O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS)
    for rule in rules:
        number, _, path = rule.partition(b" ")
        try:
            place = libc.call("syscall", ctypes.c_long(OPENAT2), ctypes.c_int(-1), path, how, ctypes.c_size_t(len(how)))
        except OSError as error:
            raise OSError(error.errno, f"{os.fsdecode(path)}: {error.strerror}") from None
        rights = int(number) if stat.S_ISDIR(os.fstat(place).st_mode) else int(number) & FILE_RIGHTS
        beneath = struct.pack("=Qi", rights, place)
        libc.call("syscall", ctypes.c_long(ADD_RULE), made, ctypes.c_int(PATH_BENEATH), beneath, ctypes.c_uint(0))
        os.close(place)
    libc.call("syscall", ctypes.c_long(RESTRICT_SELF), ctypes.c_int(made), ctypes.c_uint(0))
    os.close(made)


def set_limits(limits: str) -> None:
    """`CORE=0,NOFILE=4096`: soft and hard, never above what was inherited."""
    for item in filter(None, limits.split(",")):
        name, _, value = item.partition("=")
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        wanted = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
        resource.setrlimit(kind, (wanted, wanted))


if __name__ == "__main__":
    main(sys.argv[1:])
