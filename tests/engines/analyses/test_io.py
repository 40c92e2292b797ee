"""I/O by arithmetic on paper. Times are ns."""

import pytest
from kernel_events import enter, event, leave, lose, measure, only, play, switch

from lttngx.analyses.io import Io, IoOptions
from lttngx.errors import TraceError

ALL = {"views": ("usage", "stats", "log"), "limit": 0}
RUN = [switch(10, 0, 0, 5), switch(11, 1, 0, 6)]
DISK = 254 << 20


def result_of(events, **options):
    return only(Io(IoOptions(**ALL | options)), events)


def usage(result, key, dimension):
    """Return the sums, by name, of each row by its fields; those which are 0 left out."""
    found = next(usage for usage in result.usages if usage.key == key)
    names = found.usage.numbers
    return {row[:-len(names)]: {name: value for name, value in zip(names, row[-len(names):]) if value} for row in found.rows[dimension]}


def files(result):
    """Return (reads, bytes read, writes, bytes written) by file."""
    return {name: tuple(sums.get(part, 0) for part in ("reads", "bytes_read", "writes", "bytes_written"))
            for (name,), sums in usage(result, "file", "file").items()}


def calls(result):
    """Return (TID, call, file, FD, size) of each call."""
    return [(row.thread[1], *row.details[1:5]) for row in measure(result, "call").log]


def open_file(time_ns, cpu, filename, ret, flags=0):
    return [enter(time_ns, cpu, "openat", dfd=-100, filename=filename, flags=flags), leave(time_ns + 1, cpu, "openat", ret)]


def io(time_ns, cpu, call, ret, duration=5, **values):
    return [enter(time_ns, cpu, call, **values), leave(time_ns + duration, cpu, call, ret)]


def test_reads_and_writes_have_the_names_of_their_files():
    events = [*RUN, *open_file(20, 0, "/etc/hosts", 3), *io(30, 0, "read", 100, fd=3), *io(40, 0, "write", 7, fd=1),
              *io(50, 0, "read", -11, fd=3), *io(60, 0, "close", 0, fd=3)]
    result = result_of(events)
    assert calls(result) == [(5, "openat", "/etc/hosts", 3, None), (5, "read", "/etc/hosts", 3, 100), (5, "write", None, 1, 7),
                             (5, "read", "/etc/hosts", 3, None), (5, "close", "/etc/hosts", 3, None)]
    assert usage(result, "file", "file") == {
        ("/etc/hosts",): {"reads": 2, "bytes_read": 100, "bytes_files": 100, "opens": 1, "closes": 1, "failures": 1},
        (None,): {"writes": 1, "bytes_written": 7, "bytes_other": 7}}
    stats = {group.values: group.figures for group in measure(result, "call").stats["total"]}
    assert stats["read",].count == 2 and stats["read",].part_ns == 100 and stats["read",].tallies == {11: 1}


def test_defect_6_received_packets_have_both_names():
    """lttng-iousagetop knows netif_receive_skb alone."""
    events = [event(10 + at, 0, name, skbaddr=1, len=100 + at, name="eth0")
              for at, name in enumerate(("net_if_receive_skb", "netif_receive_skb"))]
    events += [event(20, 0, "net_dev_xmit", skbaddr=1, rc=0, len=60, name="eth0"),
               event(21, 0, "net_dev_xmit", skbaddr=1, rc=16, len=60, name="eth0")]
    assert usage(result_of(events), "net", "total") == {
        ("eth0",): {"packets_received": 2, "bytes_received": 201, "packets_sent": 1, "bytes_sent": 60}}


def test_defect_11_files_opened_before_a_window_count_in_it():
    """Windows of 100 ns from 0 on: opened in the first, read in the second. lttng-iousagetop drops the read."""
    engine = play(Io(IoOptions(**ALL, begin_ns=0, refresh_ns=100)), [*RUN, *open_file(20, 0, "/a", 3), *io(130, 0, "read", 50, fd=3)])
    first, second = engine.results()
    assert files(first) == {"/a": (0, 0, 0, 0)} and files(second) == {"/a": (1, 50, 0, 0)}
    late = result_of([*RUN, *open_file(20, 0, "/a", 3), *io(130, 0, "read", 50, fd=3)], begin_ns=100)
    assert files(late) == {"/a": (1, 50, 0, 0)}


@pytest.mark.parametrize("call, values", [
    ("splice", {"fd_in": 3, "fd_out": 4}), ("tee", {"fdin": 3, "fdout": 4}), ("sendfile64", {"in_fd": 3, "out_fd": 4}),
    ("copy_file_range", {"fd_in": 3, "fd_out": 4})])
def test_defect_12_copies_read_one_file_and_write_another(call, values):
    events = [*RUN, *open_file(20, 0, "/from", 3), *open_file(30, 0, "/to", 4), *io(40, 0, call, 4096, **values)]
    result = result_of(events)
    assert files(result) == {"/from": (1, 4096, 0, 0), "/to": (0, 0, 1, 4096)}
    assert [group.values for group in measure(result, "call").stats["total"]] == [("copy",), ("open",)]


@pytest.mark.parametrize("call", ["readv", "preadv", "preadv2", "pread64", "recvfrom", "recvmsg"])
def test_defect_12_every_call_which_reads(call):
    assert files(result_of([*RUN, *open_file(20, 0, "/a", 3), *io(30, 0, call, 9, fd=3)])) == {"/a": (1, 9, 0, 0)}


@pytest.mark.parametrize("call", ["writev", "pwritev", "pwritev2", "pwrite64", "sendto", "sendmsg", "vmsplice"])
def test_defect_12_every_call_which_writes(call):
    assert files(result_of([*RUN, *open_file(20, 0, "/a", 3), *io(30, 0, call, 9, fd=3)])) == {"/a": (0, 0, 1, 9)}


def test_defect_12_calls_on_several_messages_have_no_size():
    """They return a number of messages."""
    events = [*RUN, *io(20, 0, "recvmmsg", 3, fd=3), *io(30, 0, "sendmmsg", 2, fd=3)]
    assert [(call[1], call[4]) for call in calls(result_of(events))] == [("recvmmsg", None), ("sendmmsg", None)]


@pytest.mark.parametrize("call, values, name", [
    ("openat2", {"dfd": -100, "filename": "/b"}, "/b"), ("creat", {"pathname": "/b"}, "/b"),
    ("eventfd2", {"flags": 0}, "anon_inode:[eventfd]"),
    ("socket", {"family": 2, "type": 1}, "socket:inet/stream"), ("accept4", {"fd": 9, "flags": 0}, "socket:?")])
def test_defect_12_calls_which_make_descriptors(call, values, name):
    result = result_of([*RUN, *io(20, 0, call, 3, **values), *io(30, 0, "read", 8, fd=3)])
    assert files(result)[name] == (1, 8, 0, 0)
    assert measure(result, "call").log[0].label == ("open",)


def test_defect_12_a_pipe_has_two_ends():
    exit_ = event(21, 0, "syscall_exit_pipe2", ret=0, fildes=[3, 4])
    events = [*RUN, enter(20, 0, "pipe2", flags=0), exit_, *io(30, 0, "write", 8, fd=4), *io(40, 0, "read", 8, fd=3)]
    assert {name: sums for name, sums in files(result_of(events)).items() if name} == {
        "pipe:write": (0, 0, 1, 8), "pipe:read": (1, 8, 0, 0)}


@pytest.mark.parametrize("number, args, name", [(326, [3, 0, 4, 0, 16, 0], "copy_file_range"), (327, [3, 0, 0, 0, 0, 0], "preadv2"),
                                                (426, [3, 1, 1, 0, 0, 0], "io_uring_enter")])
def test_defect_12_calls_known_by_number_only(number, args, name):
    """syscall_entry_unknown has the call's number and registers."""
    events = [*RUN, *open_file(20, 0, "/a", 3), enter(30, 0, "unknown", id=number, args=args),
              event(40, 0, "syscall_exit_unknown", id=number, ret=16, args=args)]
    assert calls(result_of(events))[-1][:4] == (5, name, "/a", 3)


def test_defect_13_compat_calls_count():
    events = [*RUN, *open_file(20, 0, "/a", 3), enter(30, 0, "read", "compat_syscall_entry_", fd=3),
              leave(40, 0, "read", 8, "compat_syscall_exit_")]
    assert calls(result_of(events))[-1] == (5, "read (32-bit)", "/a", 3, 8)


def test_fcntl_counts_if_it_makes_a_descriptor():
    events = [*RUN, *open_file(20, 0, "/a", 3), *io(30, 0, "fcntl", 7, fd=3, cmd=0, arg=0), *io(40, 0, "fcntl", 0, fd=3, cmd=3, arg=0),
              *io(50, 0, "read", 1, fd=7)]
    assert [call[1:4] for call in calls(result_of(events))] == [
        ("openat", "/a", 3), ("fcntl", "/a", 3), ("read", "/a", 7)]


def statedump(time_ns, tid, pid, table):
    return event(time_ns, 0, "lttng_statedump_process_state", tid=tid, pid=pid, ppid=1, name=f"t{tid}", file_table_address=table)


def test_defect_20_the_statedump_names_descriptors_by_file_table():
    """LTTng-modules ≥ 2.12: the descriptor's event has no pid, which kills every LTTng analysis. Threads 5 and 6 share a table; what
    was read before the statedump has the name, too."""
    events = [*RUN, *io(20, 0, "read", 1, fd=3), statedump(30, 5, 5, 0x77), statedump(31, 6, 5, 0x77),
              event(32, 0, "lttng_statedump_file_descriptor", file_table_address=0x77, fd=3, flags=0, fmode=0, filename="/late"),
              *io(40, 1, "read", 10, fd=3)]
    assert files(result_of(events)) == {"/late": (2, 11, 0, 0)}


def test_descriptors_by_process_before_that():
    events = [*RUN, statedump(20, 5, 5, None), event(32, 0, "lttng_statedump_file_descriptor", pid=5, fd=3, flags=0, filename="/old"),
              *io(40, 0, "read", 10, fd=3)]
    assert files(result_of(events)) == {"/old": (1, 10, 0, 0)}


def fork(time_ns, cpu, parent, child, pid):
    return event(time_ns, cpu, "sched_process_fork", parent_comm="p", parent_tid=parent, parent_pid=parent, child_comm="c", child_tid=child,
                 child_pid=pid)


def test_a_child_has_a_copy_and_a_thread_the_same_table():
    events = [*RUN, *open_file(20, 0, "/a", 3), fork(30, 0, 5, 7, 7), fork(31, 0, 5, 8, 5), switch(40, 1, 6, 7), switch(41, 2, 0, 8),
              *open_file(50, 1, "/child", 4), *open_file(60, 2, "/thread", 4), *io(70, 0, "read", 1, fd=4), *io(80, 1, "read", 2, fd=4),
              *io(90, 1, "read", 4, fd=3)]
    assert files(result_of(events)) == {"/a": (1, 4, 0, 0), "/child": (1, 2, 0, 0), "/thread": (1, 1, 0, 0)}


def test_exec_closes_what_is_marked_and_a_reused_tid_is_another_thread():
    cloexec = 0o2000000
    events = [*RUN, *open_file(20, 0, "/kept", 3), *open_file(25, 0, "/closed", 4, cloexec),
              event(30, 0, "sched_process_exec", filename="/bin/x", tid=5, old_tid=5), *io(40, 0, "read", 1, fd=3),
              *io(50, 0, "read", 2, fd=4), event(60, 0, "sched_process_exit", comm="t5", tid=5, prio=20), fork(65, 1, 6, 5, 5),
              switch(70, 0, 5, 5), *io(80, 0, "read", 4, fd=3)]
    assert files(result_of(events)) == {"/kept": (1, 1, 0, 0), "/closed": (0, 0, 0, 0), None: (2, 6, 0, 0)}


def test_calls_without_an_entry_or_an_exit_are_told():
    events = [*RUN, leave(20, 0, "read", 5), enter(30, 0, "read", fd=3), enter(40, 0, "write", fd=3), leave(50, 0, "read", 5),
              enter(60, 0, "read", fd=3), event(70, 0, "sched_waking", comm="x", tid=9, prio=1, target_cpu=0)]
    result = result_of(events)
    assert {name: count for name, count in result.outcomes.items() if count} == {"unmatched_exits": 1, "unfinished": 2, "mismatched": 1}
    assert [(row[1], row[4], row[6]) for row in result.unfinished] == [(5, "read", 10)]


def test_sizes_are_limited():
    events = [*RUN, *io(20, 0, "read", 10, fd=3), *io(30, 0, "read", 20, fd=3), *io(40, 0, "close", 0, fd=3)]
    assert [call[4] for call in calls(result_of(events, min_bytes=15))] == [20]
    assert [call[4] for call in calls(result_of(events, max_bytes=15))] == [10]


def test_a_call_counts_where_its_thread_ends_it():
    """5 enters on CPU 0 and returns on CPU 1."""
    events = [*RUN, enter(20, 0, "read", fd=3), switch(30, 0, 5, 0), switch(40, 1, 6, 5), leave(50, 1, "read", 9)]
    row, = measure(result_of(events), "call").log
    assert (row.begin_ns, row.end_ns, row.thread[1], row.details[0]) == (20, 50, 5, 1)


def test_after_a_loss_files_of_unknown_threads_are_unknown():
    events = [*RUN, *open_file(20, 0, "/a", 3), lose(25, 0, 26, 9), *io(30, 0, "read", 1, fd=3), switch(40, 0, 5, 0), switch(50, 0, 0, 5),
              *io(60, 0, "read", 2, fd=3)]
    assert files(result_of(events)) == {"/a": (1, 2, 0, 0), None: (1, 1, 0, 0)}


# Block requests

WRITE, DISCARD, READ, SYNC, FLUSH, PREFLUSH = 1, 2, 4, 32, 256, 1024


def block(time_ns, name, sector, sectors, rwbs=WRITE, tid=5, **values):
    given = {} if tid is None else {"tid": tid}
    return event(time_ns, 0, f"block_{name}", None, dev=DISK, sector=sector, nr_sector=sectors, rwbs=rwbs, **given, **values)


def complete(time_ns, sector, sectors, rwbs=WRITE, error=0):
    return block(time_ns, "rq_complete", sector, sectors, rwbs, None, error=error)


def requests(result, key="device"):
    """Return (TID, device, operation, begin, end, bytes) of each request."""
    return [(row.thread[1], *row.label, row.begin_ns, row.end_ns, row.details[2]) for row in measure(result, key).log]


def test_a_request_from_insertion_to_completion():
    events = [block(10, "rq_insert", 8, 16), block(30, "rq_issue", 8, 16), complete(100, 8, 16)]
    result = result_of(events)
    assert requests(result) == [(5, "254:0", "write", 30, 100, 8192)]
    assert requests(result, "queue") == [(5, "254:0", "write", 10, 30, 8192)]
    assert usage(result, "block", "total") == {("254:0", "write"): {"requests": 1, "sectors": 16, "bytes_moved": 8192}}


@pytest.mark.parametrize("rwbs, name", [(WRITE | SYNC, "write"), (READ, "read"), (DISCARD, "discard"), (DISCARD | 128, "discard"),
                                        (WRITE | PREFLUSH, "write"), (0, "read")])
def test_defect_19_and_21_operations_are_told_apart(rwbs, name):
    """Even rwbs are reads for lttng-iousagetop; where rwbs is an enumeration it stops. 0 with sectors: before Linux 4.8."""
    assert requests(result_of([block(10, "rq_issue", 8, 8, rwbs), complete(30, 8, 8, rwbs)]))[0][2] == name


def test_defect_19_flushes_complete_in_order():
    """Of Linux 6.1: a flush is issued at sector 0, and completed at sector −1; the write around it completes again without sectors."""
    events = [block(10, "rq_issue", 0, 0, FLUSH | PREFLUSH), complete(30, -1, 0, FLUSH | PREFLUSH), block(40, "rq_issue", 8, 8),
              complete(50, 8, 8), block(60, "rq_issue", 0, 0, FLUSH), complete(80, -1, 0, FLUSH), complete(81, 16, 0, WRITE | SYNC)]
    result = result_of(events)
    assert [row[2:5] for row in requests(result)] == [("flush", 10, 30), ("write", 40, 50), ("flush", 60, 80)]
    assert result.outcomes["unmatched_completions"] == 0


def test_defect_19_partial_completions():
    """16 sectors: 4 done at 50, the rest at 90."""
    result = result_of([block(10, "rq_issue", 100, 16), complete(50, 100, 4), complete(90, 104, 12)])
    assert requests(result) == [(5, "254:0", "write", 10, 90, 8192)] and result.outcomes["partial"] == 1


def test_defect_19_requests_are_whose_threads_submitted_them():
    """7 and 8 submit neighbouring parts, a worker (9) issues them as one: it is 7's. lttng-iousagetop blames 9."""
    events = [block(10, "bio_queue", 8, 8, tid=7), block(12, "bio_queue", 16, 8, tid=8), block(30, "rq_issue", 8, 16, tid=9),
              complete(60, 8, 16)]
    result = result_of(events)
    assert requests(result) == [(7, "254:0", "write", 30, 60, 8192)] and result.outcomes["merged"] == 1
    assert requests(result, "queue")[0][3:5] == (10, 30)


def test_defect_19_a_bio_goes_on_from_a_partition_to_its_disk():
    events = [event(10, 0, "block_bio_queue", dev=DISK + 1, sector=8, nr_sector=8, rwbs=WRITE, tid=7),
              event(11, 0, "block_bio_remap", dev=DISK, sector=2056, nr_sector=8, old_dev=DISK + 1, old_sector=8, rwbs=WRITE),
              block(20, "rq_issue", 2056, 8, tid=9), complete(30, 2056, 8)]
    assert requests(result_of(events)) == [(7, "254:0", "write", 20, 30, 4096)]


def test_defect_19_merged_and_requeued_requests():
    """The request at 24 becomes part of the one at 16, which a bio at 8 extends downwards; the driver gives it back once."""
    events = [block(10, "rq_insert", 16, 8, tid=7), block(11, "rq_insert", 24, 8, tid=8), block(12, "rq_merge", 24, 8, tid=8),
              block(13, "bio_frontmerge", 8, 8, tid=9), block(20, "rq_issue", 8, 24, tid=1), block(30, "rq_requeue", 8, 24, tid=None),
              block(40, "rq_issue", 8, 24, tid=1), complete(50, 8, 24)]
    result = result_of(events)
    assert requests(result) == [(7, "254:0", "write", 40, 50, 12288)]
    assert (result.outcomes["merged"], result.outcomes["requeued"], result.outcomes["requests"]) == (1, 1, 1)


def test_defect_22_old_traces_do_not_tell_the_thread():
    """LTTng-modules 2.1 has no tid in block_rq_issue."""
    assert requests(result_of([block(10, "rq_issue", 8, 8, tid=None), complete(20, 8, 8)])) == [(None, "254:0", "write", 10, 20, 4096)]


def test_perf_writes_letters():
    events = [event(10, 0, "block:block_rq_issue", dev=DISK, sector=8, nr_sector=8, bytes=4096, rwbs="WS", comm="x"),
              event(20, 0, "block:block_rq_complete", dev=DISK, sector=8, nr_sector=8, error=0, rwbs="WS")]
    assert requests(result_of(events))[0][2] == "write"


def test_failed_and_unmatched_requests_and_names_of_devices():
    events = [event(5, 0, "lttng_statedump_block_device", dev=DISK, diskname="vda"), complete(9, 8, 8), block(10, "rq_issue", 8, 8),
              complete(20, 8, 8, error=-5), block(30, "rq_issue", 8, 8), block(40, "rq_issue", 8, 8)]
    result = result_of(events)
    assert result.outcomes["unmatched_completions"] == 1 and result.outcomes["unfinished_requests"] == 1
    assert usage(result, "block", "total")["vda", "write"]["failures"] == 1
    assert measure(result, "device").stats["total"][0].figures.tallies == {5: 1}


# Parts

STORY = [*RUN, *open_file(20, 0, "/a", 3), enter(30, 0, "clone", flags=0x400), fork(31, 0, 5, 7, 7), leave(32, 0, "clone", 7),
         switch(40, 1, 6, 7), *io(45, 1, "read", 1, fd=3), *open_file(50, 1, "/b", 4), *io(55, 0, "write", 2, fd=4),
         block(60, "bio_queue", 8, 8, tid=7), block(61, "rq_issue", 8, 8, tid=9), enter(70, 1, "read", fd=9), switch(80, 1, 7, 6),
         complete(85, 8, 8), event(86, 0, "net_dev_xmit", skbaddr=1, rc=0, len=60, name="lo"), switch(90, 0, 5, 7), leave(95, 0, "read", 4),
         event(96, 0, "sched_process_exec", filename="/bin/x", tid=7, old_tid=7), *io(97, 0, "close", 0, 1, fd=4),
         event(99, 0, "lttng_statedump_block_device", dev=DISK, diskname="vda")]


@pytest.mark.parametrize("first", range(1, len(STORY)))
def test_parts_merge_to_the_whole(first):
    """A shared table (CLONE_FILES), a call, a request and who runs reach across any two cuts."""
    options = ALL | {"group_by": ("thread", "file")}
    whole, = play(Io(IoOptions(**options)), STORY).results()
    assert files(whole) == {"/a": (1, 1, 0, 0), "/b": (0, 0, 1, 2), None: (1, 4, 0, 0)}
    for second in range(first, len(STORY)):
        parts = [play(Io(IoOptions(**options)), STORY[begin:end]) for begin, end in zip((0, first, second), (first, second, None))]
        assert parts[0].merge(parts[1]).merge(parts[2]).results() == [whole], (first, second)


def test_a_part_which_is_the_beginning_needs_no_journal():
    engine = Io(IoOptions(**ALL))
    engine.settle()
    assert play(engine, STORY).results() == [result_of(STORY)]
    assert not engine.journal


def test_a_trace_without_io_is_an_error():
    with pytest.raises(TraceError, match="syscall_entry_"):
        play(Io(), RUN).results()
