"""System calls which make, rename or free file descriptors.

A row of CALLS: the entry fields it wants, the exit fields, what to do at the entry and after a successful exit. A
field is written `name`, or `name|other` where tracer versions differ. `at_entry(table, time, arguments)`;
`at_exit(table, time, arguments, ret, results)`; arguments and results in the order of the fields, None for one the
trace lacks. Names are those that /proc/PID/fd and the statedump show; a socket's says more: `socket:FAMILY/TYPE`, then
its peer.

Flag values: include/uapi/asm-generic/fcntl.h, linux/sched.h, linux/close_range.h (x86 and all generic architectures).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any

CLOEXEC = 0o2000000
CLONE_FILES = 0x400
CLOSE_RANGE_CLOEXEC = 4
F_DUPFD, F_SETFD, F_DUPFD_CLOEXEC, FD_CLOEXEC = 0, 2, 1030, 1
AT_FDCWD = -100
INET, INET6 = 2, 10
FAMILIES = {1: "unix", INET: "inet", INET6: "inet6", 15: "key", 16: "netlink", 17: "packet", 31: "bluetooth", 38: "alg", 40: "vsock"}
TYPES = {1: "stream", 2: "dgram", 3: "raw", 4: "rdm", 5: "seqpacket", 10: "packet"}
TYPE_MASK = 0xF

Arguments = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One row."""

    entry: tuple[str, ...]
    exit: tuple[str, ...] = ()
    at_entry: Callable[[Any, int, Arguments], None] | None = None
    at_exit: Callable[[Any, int, Arguments, int, Arguments], None] | None = None


def _flagged(flags: int | None) -> bool:
    return bool((flags or 0) & CLOEXEC)


def _open(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    filename, flags = arguments
    table.set(time, ret, filename, _flagged(flags))


def _openat(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    dfd, filename, flags = arguments
    if filename and dfd is not None and dfd >= 0 and not filename.startswith("/"):
        folder = table.name(dfd)
        filename = f"{folder.rstrip('/')}/{filename}" if folder else filename
    table.set(time, ret, filename, flags is not None and flags & CLOEXEC != 0)


def _anonymous(name: str) -> Callable[[Any, int, Arguments, int, Arguments], None]:
    """Return the action of a call which makes a descriptor without a file; its last argument holds the flags."""
    def make(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
        table.set(time, ret, name, _flagged(arguments[-1] if arguments else 0))
    return make


def _always_cloexec(name: str) -> Callable[[Any, int, Arguments, int, Arguments], None]:
    return lambda table, time, arguments, ret, results: table.set(time, ret, name, True)


def _signalfd(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    ufd, flags = arguments
    if ufd is None or ufd < 0:
        table.set(time, ret, "anon_inode:[signalfd]", _flagged(flags))


def _memfd(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    name, flags = arguments
    # MFD_CLOEXEC is 1.
    table.set(time, ret, f"/memfd:{name or ''}", bool((flags or 0) & 1))


def _socket_name(family: int | None, type_: int | None) -> str:
    kind = "?" if type_ is None else TYPES.get(type_ & TYPE_MASK, str(type_ & TYPE_MASK))
    return f"socket:{FAMILIES.get(family, '?' if family is None else str(family))}/{kind}"


def _socket(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    family, type_ = arguments
    table.set(time, ret, _socket_name(family, type_), _flagged(type_))


def _pair(table: Any, time: int, fds: Sequence[int] | None, names: tuple[str, str], cloexec: bool) -> None:
    for fd, name in zip(fds or (), names):
        table.set(time, fd, name, cloexec)


def _pipe(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    _pair(table, time, results[0], ("pipe:read", "pipe:write"), _flagged(arguments[0] if arguments else 0))


def _socketpair(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    family, type_ = arguments
    name = _socket_name(family, type_)
    _pair(table, time, results[0], (name, name), _flagged(type_))


def address(family: int | None, port: int | None, v4: Sequence[int] | None, v6: Sequence[int] | None) -> str | None:
    """Return an Internet address as text, None if the fields hold none. v4: bytes; v6: 16-bit words in network
    order."""
    if family == INET and v4:
        return f"{'.'.join(map(str, v4))}:{port}"
    if family == INET6 and v6 and len(v6) == 8:
        return f"[{IPv6Address(b''.join(word.to_bytes(2, 'big') for word in v6))}]:{port}"
    return None


def _connect(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    fd, *peer = arguments
    to = address(*peer)
    if to is not None and fd in table.files:
        name, cloexec = table.files[fd]
        table.set(time, fd, f"{(name or 'socket:?').partition(' ')[0]} to {to}", cloexec)


def _accept(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    fd, flags = arguments
    listening = (table.name(fd) or "socket:?").partition(" ")[0]
    peer = address(*results)
    table.set(time, ret, listening if peer is None else f"{listening} from {peer}", _flagged(flags))


def _accept_plain(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    _accept(table, time, (*arguments, 0), ret, results)


def _duplicate(table: Any, time: int, fd: int, to: int, cloexec: bool) -> None:
    if fd != to:
        table.set(time, to, table.name(fd), cloexec)


def _dup(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    _duplicate(table, time, arguments[0], ret, False)


def _dup3(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    _duplicate(table, time, arguments[0], ret, _flagged(arguments[1]))


def _fcntl(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    fd, command, argument = arguments
    if command in (F_DUPFD, F_DUPFD_CLOEXEC):
        _duplicate(table, time, fd, ret, command == F_DUPFD_CLOEXEC)
    elif command == F_SETFD and fd in table.files:
        table.files[fd] = table.name(fd), bool((argument or 0) & FD_CLOEXEC)


def _close(table: Any, time: int, arguments: Arguments) -> None:
    if arguments[0] is not None:
        table.close(time, arguments[0])


def _close_range(table: Any, time: int, arguments: Arguments, ret: int, results: Arguments) -> None:
    first, last, flags = arguments
    for fd in [fd for fd in table.files if (first or 0) & 0xFFFFFFFF <= fd <= (-1 if last is None else last) & 0xFFFFFFFF]:
        if (flags or 0) & CLOSE_RANGE_CLOEXEC:
            table.files[fd] = table.name(fd), True
        else:
            table.close(time, fd)


_PEER = ("family", "sport|dport", "v4addr", "v6addr")

CALLS: dict[str, Call] = {
    "open": Call(("filename", "flags"), at_exit=_open),
    "creat": Call(("pathname|filename",), at_exit=lambda table, time, arguments, ret, results: table.set(
        time, ret, arguments[0], False)),
    "openat": Call(("dfd", "filename", "flags"), at_exit=_openat),
    "openat2": Call(("dfd", "filename", "flags"), at_exit=_openat),
    "socket": Call(("family", "type"), at_exit=_socket),
    "socketpair": Call(("family", "type"), ("socket|fildes|usockvec",), at_exit=_socketpair),
    "pipe": Call((), ("fildes",), at_exit=_pipe),
    "pipe2": Call(("flags",), ("fildes",), at_exit=_pipe),
    "accept": Call(("fd",), _PEER, at_exit=_accept_plain),
    "accept4": Call(("fd", "flags"), _PEER, at_exit=_accept),
    "connect": Call(("fd", "family", "dport", "v4addr", "v6addr"), at_exit=_connect),
    "dup": Call(("fildes|oldfd",), at_exit=_dup),
    "dup2": Call(("oldfd",), at_exit=_dup),
    "dup3": Call(("oldfd", "flags"), at_exit=_dup3),
    "fcntl": Call(("fd", "cmd", "arg"), at_exit=_fcntl),
    "close": Call(("fd",), at_entry=_close),
    "close_range": Call(("fd", "max_fd", "flags"), at_exit=_close_range),
    "eventfd": Call((), at_exit=_anonymous("anon_inode:[eventfd]")),
    "eventfd2": Call(("flags",), at_exit=_anonymous("anon_inode:[eventfd]")),
    "epoll_create": Call((), at_exit=_anonymous("anon_inode:[eventpoll]")),
    "epoll_create1": Call(("flags",), at_exit=_anonymous("anon_inode:[eventpoll]")),
    "timerfd_create": Call(("flags",), at_exit=_anonymous("anon_inode:[timerfd]")),
    "inotify_init": Call((), at_exit=_anonymous("anon_inode:inotify")),
    "inotify_init1": Call(("flags",), at_exit=_anonymous("anon_inode:inotify")),
    "fanotify_init": Call((), at_exit=_anonymous("anon_inode:[fanotify]")),
    "signalfd": Call(("ufd", "flags"), at_exit=_signalfd),
    "signalfd4": Call(("ufd", "flags"), at_exit=_signalfd),
    "memfd_create": Call(("uname|uname_ptr", "flags"), at_exit=_memfd),
    "perf_event_open": Call((), at_exit=_anonymous("anon_inode:[perf_event]")),
    "pidfd_open": Call((), at_exit=_always_cloexec("anon_inode:[pidfd]")),
    "userfaultfd": Call(("flags",), at_exit=_anonymous("anon_inode:[userfaultfd]")),
    "io_uring_setup": Call((), at_exit=_always_cloexec("anon_inode:[io_uring]")),
    # Only their flags matter, at the fork inside them.
    "clone": Call(("flags|clone_flags",)),
    "clone3": Call(("flags",)),
}
