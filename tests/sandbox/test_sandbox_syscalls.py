"""The filter as a program: a small machine runs it for calls of either architecture."""

from __future__ import annotations

import errno
import re
import struct
import sys
from pathlib import Path

import pytest

from autopack.sandbox import syscalls
from autopack.sandbox.syscalls import ARCHITECTURES, filter_for, this_architecture

X86, ARM = ARCHITECTURES["x86_64"], ARCHITECTURES["aarch64"]
ALLOWED, KILLED = "allowed", "killed"
HEADERS = {
    X86: Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    ARM: Path("/usr/include/asm-generic/unistd.h"),
}


def verdict(program, token, number, *arguments):
    """What the kernel would do with this call."""
    data = struct.pack("=IIQ6Q", number, token, 0, *(list(arguments) + [0] * 6)[:6])
    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at = accumulator = 0
    for _ in code:
        operation, when_true, when_false, value = code[at]
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif operation == 0x54:
            accumulator &= value
        elif operation == 0x06:
            return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(value) or value - 0x50000
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: accumulator & value}[operation]
            at += when_true if holds else when_false
    raise AssertionError("the program has no end")


@pytest.fixture(params=[X86, ARM], ids=list(ARCHITECTURES))
def machine(request):
    return request.param


def number(numbers, machine):
    return numbers[machine.column]


DOORS = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(name, number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *arguments)
    print(name, errno.errorcode[ctypes.get_errno()] if result < 0 else "DONE")
for name, number, *arguments in {calls!r}:
    call(name, number, *map(ctypes.c_long, arguments))
print(open("/proc/self/status").read().partition("Seccomp:")[2].split()[0])
"""
CALLS = {
    "ptrace": (0, 0, 0, 0), "io_uring_setup": (1, 0), "keyctl": (0, -3, 0), "userfaultfd": (1,), "bpf": (0, 0, 0),
    "perf_event_open": (0, 0, 0, 0, 0), "process_vm_readv": (0, 0, 0, 0, 0, 0), "open_by_handle_at": (-1, 0, 0),
    "pidfd_getfd": (-1, 0, 0), "kcmp": (0, 0, 0, 0, 0), "mount": (0, 0, 0, 0, 0), "setns": (-1, 0),
    "fsopen": (0, 0), "open_tree": (-1, 0, 0), "pivot_root": (0, 0), "add_key": (0, 0, 0, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("level", ["landlocked", "confined"])
def test_the_kernel_refuses_it_at_both_levels(request, bench, level):
    """Asked with arguments for which it would say something else: done, or another error."""
    sandbox, column = request.getfixturevalue(level), this_architecture().column
    calls = [(n, syscalls._EVERYWHERE[n][column], *arguments) for n, arguments in CALLS.items()]
    calls += [("unshare", syscalls._UNSHARE[column], 0x40000000), ("clone", syscalls._CLONE[column], 0x40000011, 0, 0)]
    calls += [("clone3", 435, 0, 0)]
    result = bench.run(sandbox, bench.spec(sys.executable, "-c", DOORS.format(calls=calls)))
    *said, mode = result.output.decode().splitlines()
    assert mode == "2", "a filter is on"
    assert dict(line.split() for line in said) == dict.fromkeys(CALLS, "EPERM") | {
        "unshare": "EPERM", "clone": "EPERM", "clone3": "ENOSYS",
    }  # fmt: skip


@pytest.mark.parametrize("namespaces", [True, False])
def test_the_table_is_refused_and_ordinary_calls_pass(machine, namespaces):
    program = filter_for(machine, namespaces=namespaces)
    for name, numbers in syscalls._EVERYWHERE.items():
        assert verdict(program, machine.token, number(numbers, machine)) == errno.EPERM, name
    for name, numbers in syscalls._WITHOUT_NAMESPACES.items():
        expected = ALLOWED if namespaces else errno.EPERM
        assert verdict(program, machine.token, number(numbers, machine)) == expected, name
    for numbers in ((0, 63), (1, 64), (59, 221), (231, 94), (319, 279), (437, 437)):  # read write execve exit_group ...
        assert verdict(program, machine.token, number(numbers, machine)) == ALLOWED


def test_numbers_are_those_of_the_kernel_headers(machine):
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers are not installed")
    text = HEADERS[machine].read_text()
    known = {name: int(n) for name, n in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    single = {name[1:].lower(): getattr(syscalls, name) for name in ("_CLONE", "_CLONE3", "_UNSHARE", "_SOCKET")}
    single |= {"socketpair": syscalls._SOCKETPAIR, "prlimit64": syscalls._PRLIMIT}
    tables = {**syscalls._EVERYWHERE, **syscalls._WITHOUT_NAMESPACES, **single}
    compared = {name: numbers[machine.column] for name, numbers in tables.items() if name in known}
    assert len(compared) > 40
    assert compared == {name: known[name] for name in compared}


def test_another_architecture_ends_the_process(machine):
    other = ARM if machine is X86 else X86
    assert verdict(filter_for(machine, namespaces=True), other.token, 0) == KILLED
    assert verdict(filter_for(machine, namespaces=True), 0x40000003, 1) == KILLED


def test_x32_and_clone3_do_not_exist(machine):
    program = filter_for(machine, namespaces=True)
    assert verdict(program, machine.token, 0x40000000 + 1) == errno.ENOSYS
    assert verdict(program, machine.token, 0xFFFFFFFF) == errno.ENOSYS
    assert verdict(program, machine.token, 435) == errno.ENOSYS


@pytest.mark.parametrize("flag", [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000])
@pytest.mark.parametrize("namespaces", [True, False])
def test_new_namespaces_are_refused_and_threads_are_not(machine, namespaces, flag):
    program = filter_for(machine, namespaces=namespaces)
    clone, unshare = number(syscalls._CLONE, machine), number(syscalls._UNSHARE, machine)
    assert verdict(program, machine.token, clone, flag | 17) == errno.EPERM
    assert verdict(program, machine.token, unshare, flag) == errno.EPERM
    assert verdict(program, machine.token, unshare, 0x80) == errno.EPERM
    assert verdict(program, machine.token, clone, 0x3D0F00) == ALLOWED
    assert verdict(program, machine.token, clone, 0x80 | 17) == ALLOWED


def test_sockets_where_no_namespace_stands(machine):
    socket, pair = number(syscalls._SOCKET, machine), number(syscalls._SOCKETPAIR, machine)
    apart = filter_for(machine, namespaces=False)
    given = filter_for(machine, namespaces=False, network=True)
    for family in range(46):
        online = family in (2, 10, 16)
        assert verdict(apart, machine.token, socket, family, 1) == errno.EPERM
        assert verdict(given, machine.token, socket, family, 1) == (ALLOWED if online else errno.EPERM)
        assert verdict(given, machine.token, socket, (1 << 32) + family, 1) == (ALLOWED if online else errno.EPERM)
    for program in (apart, given):
        kinds = {kind: verdict(program, machine.token, pair, 1, kind | 0o2004000) for kind in range(1, 7)}
        assert [kind for kind, said in kinds.items() if said == ALLOWED] == [1, 5]
    assert verdict(filter_for(machine, namespaces=True), machine.token, socket, 1, 1) == ALLOWED


def test_limits_of_others_are_out_of_reach(machine):
    prlimit = number(syscalls._PRLIMIT, machine)
    program = filter_for(machine, namespaces=False)
    assert verdict(program, machine.token, prlimit, 0) == ALLOWED
    assert verdict(program, machine.token, prlimit, 1234) == errno.EPERM
