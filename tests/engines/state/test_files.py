"""File descriptors: which name is behind a number."""

import pytest
from state_events import Machine

from lttngx.kernel.file_calls import CLOEXEC, address
from lttngx.state.kernel.model import KernelState
from lttngx.state.tree import ABSENT, UNKNOWN

CWD = -100


@pytest.fixture
def machine():
    machine = Machine(KernelState())
    machine.fork(1, 1, 1, 6)
    machine.switch(2, 0, 0, 6)
    return machine


def name(machine, fd, pid=6):
    return machine.engine.tree.value(f"Processes/{pid}/files/{fd}")


# (call, entry fields, ret, exit fields, {fd: name})
CALLS = [
    ("open", {"filename": "/a", "flags": 0, "mode": 0}, 3, {}, {3: "/a"}),
    ("openat", {"dfd": CWD, "filename": "b", "flags": 0, "mode": 0}, 4, {}, {4: "b"}),
    ("creat", {"pathname": "/c", "mode": 0}, 3, {}, {3: "/c"}),
    ("openat", {"dfd": CWD, "filename": "/missing", "flags": 0, "mode": 0}, -2, {}, {-2: UNKNOWN}),
    ("socket", {"family": 2, "type": 1 | CLOEXEC, "protocol": 0}, 3, {}, {3: "socket:inet/stream"}),
    ("socketpair", {"family": 1, "type": 2, "protocol": 0}, 0, {"socket": [3, 4]}, {3: "socket:unix/dgram", 4: "socket:unix/dgram"}),
    ("pipe2", {"flags": 0}, 0, {"fildes": [5, 6]}, {5: "pipe:read", 6: "pipe:write"}),
    ("pipe", {}, 0, {"fildes": [5, 6]}, {5: "pipe:read", 6: "pipe:write"}),
    ("eventfd2", {"count": 0, "flags": 0}, 7, {}, {7: "anon_inode:[eventfd]"}),
    ("epoll_create1", {"flags": 0}, 7, {}, {7: "anon_inode:[eventpoll]"}),
    ("memfd_create", {"uname_ptr": "x", "flags": 1}, 7, {}, {7: "/memfd:x"}),
]


@pytest.mark.parametrize("call, entry, ret, exit, names", CALLS)
def test_calls_which_make_descriptors(machine, call, entry, ret, exit, names):
    machine.call(10, 0, call, ret, entry, exit)
    assert {fd: name(machine, fd) for fd in names} == names


def opened(machine, fd=3, filename="/a", flags=0, time=10):
    machine.call(time, 0, "open", fd, {"filename": filename, "flags": flags, "mode": 0})


def test_a_relative_name_follows_its_folders(machine):
    opened(machine, 3, "/etc")
    machine.call(12, 0, "openat", 4, {"dfd": 3, "filename": "passwd", "flags": 0, "mode": 0})
    assert name(machine, 4) == "/etc/passwd"


def test_close_frees_at_its_entry(machine):
    opened(machine)
    machine(20, 0, "syscall_entry_close", fd=3)
    assert name(machine, 3) is ABSENT


def test_duplicates_have_the_name_of_their_source(machine):
    opened(machine, 3, "/a")
    opened(machine, 4, "/b", time=12)
    machine.call(20, 0, "dup", 5, {"fildes": 3})
    machine.call(22, 0, "dup2", 4, {"oldfd": 3, "newfd": 4})
    machine.call(24, 0, "fcntl", 6, {"fd": 4, "cmd": 0, "arg": 6})
    machine.call(26, 0, "dup3", 7, {"oldfd": 6, "newfd": 7, "flags": CLOEXEC})
    assert [name(machine, fd) for fd in (5, 4, 6, 7)] == ["/a"] * 4


def test_connect_and_accept_add_the_peer(machine):
    machine.call(10, 0, "socket", 3, {"family": 2, "type": 1, "protocol": 0})
    machine.call(12, 0, "connect", 0, {"fd": 3, "family": 2, "dport": 80, "v4addr": [10, 0, 0, 1], "v6addr": []})
    assert name(machine, 3) == "socket:inet/stream to 10.0.0.1:80"
    machine.call(14, 0, "accept4", 5, {"fd": 3, "flags": 0},
                 {"family": 2, "sport": 4711, "v4addr": [10, 0, 0, 2], "v6addr": []})
    assert name(machine, 5) == "socket:inet/stream from 10.0.0.2:4711"
    assert address(10, 443, [], [0x2001, 0xDB8, 0, 0, 0, 0, 0, 1]) == "[2001:db8::1]:443"


def test_exec_closes_what_is_marked(machine):
    opened(machine, 3, "/kept")
    opened(machine, 4, "/closed", CLOEXEC, time=12)
    opened(machine, 5, "/marked later", time=14)
    opened(machine, 6, "/unmarked later", CLOEXEC, time=16)
    machine.call(20, 0, "fcntl", 0, {"fd": 5, "cmd": 2, "arg": 1})
    machine.call(22, 0, "fcntl", 0, {"fd": 6, "cmd": 2, "arg": 0})
    machine.call(24, 0, "fcntl", 7, {"fd": 3, "cmd": 1030, "arg": 7})
    machine(30, 0, "sched_process_exec", filename="/bin/ls", tid=6, old_tid=6)
    assert [name(machine, fd) for fd in (3, 4, 5, 6, 7)] == ["/kept", ABSENT, ABSENT, "/unmarked later", ABSENT]


def test_a_process_gets_a_copy_and_a_thread_shares(machine):
    opened(machine)
    machine.fork(20, 0, 6, 7)
    machine.fork(21, 0, 6, 8, parent_pid=6, child_pid=6)
    machine(22, 0, "syscall_entry_close", fd=3)
    assert name(machine, 3) is ABSENT and name(machine, 3, 7) == "/a"
    machine.switch(23, 0, 6, 8)
    opened(machine, 9, "/from a thread", time=24)
    assert name(machine, 9) == "/from a thread"


def test_clone_files_shares_between_processes(machine):
    machine(20, 0, "syscall_entry_clone", flags=0x400)
    machine.fork(21, 0, 6, 7)
    machine(22, 0, "syscall_exit_clone", ret=7)
    opened(machine, 3, "/shared", time=23)
    machine.switch(25, 0, 6, 7)
    machine(26, 0, "syscall_entry_close", fd=3)
    assert name(machine, 3) is ABSENT


def test_the_last_threads_end_drops_the_table(machine):
    opened(machine)
    machine.fork(20, 0, 6, 8, parent_pid=6, child_pid=6)
    machine(21, 0, "sched_process_exit", comm="p", tid=6, prio=20)
    assert name(machine, 3) == "/a"
    machine(22, 0, "sched_process_exit", comm="p", tid=8, prio=20)
    assert name(machine, 3) is ABSENT


def test_close_range_closes_or_marks(machine):
    for fd in (3, 4, 5):
        opened(machine, fd, f"/{fd}", time=fd * 10)
    machine.call(60, 0, "close_range", 0, {"fd": 4, "max_fd": -1, "flags": 4})
    assert name(machine, 5) == "/5"
    machine(62, 0, "sched_process_exec", filename="/x", tid=6, old_tid=6)
    assert [name(machine, fd) for fd in (3, 4, 5)] == ["/3", ABSENT, ABSENT]


STATE = {"ppid": 1, "name": "six", "type": 0, "mode": 5, "submode": 0, "status": 5}


def test_statedump_by_file_table_address(machine):
    opened(machine, 3, "/seen")
    machine(20, 1, "lttng_statedump_process_state", tid=6, pid=6, **STATE, cpu=0, file_table_address=0x1000)
    machine(20, 1, "lttng_statedump_process_state", tid=16, pid=6, **STATE, cpu=0, file_table_address=0x1000)
    for fd, filename in ((0, "/dev/null"), (3, "/dumped")):
        machine(21, 1, "lttng_statedump_file_descriptor", file_table_address=0x1000, fd=fd, flags=0, fmode=0, filename=filename)
    assert name(machine, 0) == "/dev/null" and name(machine, 3) == "/seen"


def test_statedump_by_pid_before_2_12(machine):
    machine(20, 1, "lttng_statedump_process_state", tid=9, pid=9, vtid=9, vpid=9, vppid=1, ns_level=0, ns_inum=4026531836, **STATE)
    machine(21, 1, "lttng_statedump_file_descriptor", pid=9, fd=0, flags=0, fmode=0, filename="/dev/tty")
    assert name(machine, 0, 9) == "/dev/tty" and machine.engine.tree.value("Threads/9/pid-ns") == 4026531836
