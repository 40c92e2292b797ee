"""System calls which move data or make, close and flush files: what kind each is, which arguments are descriptors.

`moves` says what a successful call's return value means: bytes, or something else (messages, descriptors). Names are the kernel's;
those of old architectures (recv, send, pread) are there too.

Sources: the calls' manual pages; include/linux/syscalls.h for the order of arguments.
"""

from dataclasses import dataclass

OPEN, CLOSE, READ, WRITE, COPY, SYNC, SUBMIT = "open", "close", "read", "write", "copy", "sync", "submit"
CATEGORIES = (OPEN, CLOSE, READ, WRITE, COPY, SYNC, SUBMIT)


@dataclass(frozen=True, slots=True)
class IoCall:
    """category: what it does. source, target: names of the arguments (`a|b` where tracers differ) which are the descriptors read from
    and written to, or acted on; None if it has none. moves: whether it returns a number of bytes."""

    category: str
    source: str | None = None
    target: str | None = None
    moves: bool = False


_READ, _WRITE = IoCall(READ, "fd", moves=True), IoCall(WRITE, None, "fd", True)
_OPEN, _ON_FD, _SYNC = IoCall(OPEN), IoCall(OPEN, "fd"), IoCall(SYNC, "fd")

IO_CALLS: dict[str, IoCall] = {
    # Of fcntl() only what asks for a descriptor (F_DUPFD) counts.
    **dict.fromkeys(("open", "openat", "openat2", "creat", "socket", "socketpair", "pipe", "pipe2", "eventfd", "eventfd2",
                     "epoll_create", "epoll_create1", "timerfd_create", "inotify_init", "inotify_init1", "fanotify_init", "signalfd",
                     "signalfd4", "memfd_create", "memfd_secret", "perf_event_open", "pidfd_open", "userfaultfd", "io_uring_setup",
                     "open_by_handle_at", "pidfd_getfd", "open_tree", "fsopen", "fsmount"), _OPEN),
    **dict.fromkeys(("accept", "accept4", "fcntl"), _ON_FD),
    "dup": IoCall(OPEN, "fildes|oldfd"), "dup2": IoCall(OPEN, "oldfd"), "dup3": IoCall(OPEN, "oldfd"),
    "close": IoCall(CLOSE, "fd"), "close_range": IoCall(CLOSE),
    **dict.fromkeys(("read", "pread", "pread64", "readv", "preadv", "preadv2", "recv", "recvfrom", "recvmsg"), _READ),
    # It returns a number of messages.
    "recvmmsg": IoCall(READ, "fd"), "sendmmsg": IoCall(WRITE, None, "fd"),
    **dict.fromkeys(("write", "pwrite", "pwrite64", "writev", "pwritev", "pwritev2", "send", "sendto", "sendmsg", "vmsplice"), _WRITE),
    "splice": IoCall(COPY, "fd_in", "fd_out", True), "tee": IoCall(COPY, "fdin|fd_in", "fdout|fd_out", True),
    "sendfile": IoCall(COPY, "in_fd", "out_fd", True), "sendfile64": IoCall(COPY, "in_fd", "out_fd", True),
    "copy_file_range": IoCall(COPY, "fd_in", "fd_out", True),
    "sync": IoCall(SYNC), "msync": IoCall(SYNC),
    **dict.fromkeys(("syncfs", "fsync", "fdatasync", "sync_file_range", "sync_file_range2"), _SYNC),
    "io_uring_enter": IoCall(SUBMIT, "fd"), "io_submit": IoCall(SUBMIT), "io_getevents": IoCall(SUBMIT),
    "io_pgetevents": IoCall(SUBMIT),
}

# Names of the registers of calls which some tracers know by number only. Pointers to text and structures tell nothing: "".
REGISTERS: dict[str, tuple[str, ...]] = {
    "copy_file_range": ("fd_in", "", "fd_out"), "preadv2": ("fd",), "pwritev2": ("fd",), "io_uring_enter": ("fd",),
    "openat2": ("dfd",), "close_range": ("fd", "max_fd", "flags"), "memfd_create": ("", "flags"), "pidfd_open": (),
    "io_uring_setup": (), "clone3": (), "userfaultfd": ("flags",), "perf_event_open": (), "open_tree": (), "fsopen": (), "fsmount": (),
    "memfd_secret": (), "pidfd_getfd": (), "io_pgetevents": (),
}

# What /proc/PID/fd and the statedump call what is no file of a file system.
_SOCKETS = ("socket:", "socket[")
_OTHERS = ("pipe:", "pipe[", "anon_inode:", "/memfd:", "unknown")
FILE, SOCKET, OTHER = "file", "socket", "other"


def file_kind(name: str | None) -> str:
    """Return what a descriptor's name says it is: a file (of disk, device or memory file system), a socket, or something else (pipe,
    event counter, unknown)."""
    if name is None or name.startswith(_OTHERS):
        return OTHER
    return SOCKET if name.startswith(_SOCKETS) else FILE
