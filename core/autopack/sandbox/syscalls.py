"""The system calls a confined command may not make, as a seccomp filter (classic BPF), for x86_64 and aarch64.

Refused at every level above 1: what reaches into other processes or the kernel, and what makes namespaces and mounts.
Refused at level 2 besides, where no namespace stands between the command and the machine: sockets, the shared objects of
System V and POSIX, extended attributes and the limits of other processes, none of which Landlock knows.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

_LD, _JEQ, _JGE, _JSET, _AND, _RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_X32 = 0x40000000
_NEW_NAMESPACES = 0x7E020000
_NEW_TIME = 0x80
"""Means something else in the flags of clone, where it is part of the signal number."""
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_SOCK_STREAM, _SOCK_SEQPACKET, _SOCK_TYPE_MASK = 1, 5, 0xF

# name: (x86_64, aarch64); from 424 on both have the same numbers
_EVERYWHERE = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "open_tree_attr": (467, 467), "setns": (308, 268), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "open_by_handle_at": (304, 265),
}  # fmt: skip
_WITHOUT_NAMESPACES = {
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "setxattrat": (463, 463), "removexattrat": (466, 466),
}  # fmt: skip
_CLONE, _CLONE3, _UNSHARE = (56, 220), (435, 435), (272, 97)
_SOCKET, _SOCKETPAIR, _PRLIMIT = (41, 198), (53, 199), (302, 261)


@dataclass(frozen=True)
class Architecture:
    """`token` is AUDIT_ARCH_*, `column` the place of its numbers in the tables."""

    token: int
    column: int


ARCHITECTURES = {"x86_64": Architecture(0xC000003E, 0), "aarch64": Architecture(0xC00000B7, 1)}


def this_architecture() -> Architecture | None:
    """That of the running machine; None: its numbers are not known here."""
    return ARCHITECTURES.get(platform.machine())


def filter_for(architecture: Architecture, *, namespaces: bool, network: bool = False) -> bytes:
    """The program as an array of sock_filter. `namespaces`: bubblewrap stands around the command, so only what is
    refused everywhere is; `network` lets Internet sockets pass.

    Another architecture's call ends the process; clone3, whose flags a filter cannot see, and x32 do not exist.
    Local sockets can be made in connected pairs only: to what host service a socket connects a filter cannot see either.
    """
    column = architecture.column
    refused = [numbers[column] for numbers in _EVERYWHERE.values()]
    asked = [
        *_when(_CLONE[column], 0, (_JSET, _NEW_NAMESPACES)),
        *_when(_UNSHARE[column], 0, (_JSET, _NEW_NAMESPACES | _NEW_TIME)),
    ]
    if not namespaces:
        refused += [numbers[column] for numbers in _WITHOUT_NAMESPACES.values()]
        families = (_AF_INET, _AF_INET6, _AF_NETLINK) if network else ()
        asked += _unless(_SOCKET[column], 0, 0xFFFFFFFF, families)
        asked += _unless(_SOCKETPAIR[column], 1, _SOCK_TYPE_MASK, (_SOCK_STREAM, _SOCK_SEQPACKET))
        asked += _unless(_PRLIMIT[column], 0, 0xFFFFFFFF, (0,))
    program = [
        (_LD, 0, 0, _ARCHITECTURE),
        (_JEQ, 1, 0, architecture.token),
        (_RET, 0, 0, _KILL),
        (_LD, 0, 0, _NUMBER),
        (_JGE, 0, 1, _X32),
        _refuse(errno.ENOSYS),
        (_JEQ, 0, 1, _CLONE3[column]),
        _refuse(errno.ENOSYS),
        *asked,
        *((_JEQ, len(refused) - index, 0, number) for index, number in enumerate(refused)),
        (_RET, 0, 0, _ALLOW),
        _refuse(errno.EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _when(number: int, argument: int, test: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Refuse `number` when the low half of its argument passes `test`, else allow it."""
    operation, value = test
    return [
        (_JEQ, 0, 4, number),
        (_LD, 0, 0, _low_half(argument)),
        (operation, 0, 1, value),
        _refuse(errno.EPERM),
        (_RET, 0, 0, _ALLOW),
    ]


def _unless(number: int, argument: int, mask: int, values: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Refuse `number` unless the masked low half of its argument is one of `values`."""
    return [
        (_JEQ, 0, len(values) + 4, number),
        (_LD, 0, 0, _low_half(argument)),
        (_AND, 0, 0, mask),
        *((_JEQ, len(values) - index, 0, value) for index, value in enumerate(values)),
        _refuse(errno.EPERM),
        (_RET, 0, 0, _ALLOW),
    ]


def _refuse(number: int) -> tuple[int, int, int, int]:
    return (_RET, 0, 0, _ERRNO | number)


def _low_half(argument: int) -> int:
    """Where the low 32 bits of an argument lie in seccomp_data; both architectures are little-endian."""
    return 16 + 8 * argument
