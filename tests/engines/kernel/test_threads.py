"""The life of threads: reuse of TIDs, late sched_process_free, execve, and joining two trace parts."""

from lttngx.kernel.threads import Threads


def test_fork_replaces_a_reused_tid():
    threads = Threads()
    first = threads.get(7, "old")
    second = threads.fork(7, "new", 7, 1)
    assert threads.get(7) is second is not first
    assert (second.pid, second.ppid, second.continues) == (7, 1, False)


def test_free_after_reuse_leaves_the_new_thread():
    threads = Threads()
    threads.get(7, "old")
    threads.exit(7)
    new = threads.fork(7, "new", 7, 1)
    threads.free(7)
    assert threads.get(7) is new


def test_free_ends_a_thread():
    threads = Threads()
    old = threads.fork(7, "old", 7, 1)
    threads.exit(7)
    threads.free(7)
    again = threads.get(7, "again")
    assert again is not old
    assert not again.continues


def test_thread_of_a_process_has_its_parent():
    threads = Threads()
    threads.fork(7, "main", 7, 3)
    assert threads.fork(8, "worker", 7, 7).ppid == 3


def test_exec_by_another_thread_takes_the_leaders_tid():
    threads = Threads()
    leader = threads.fork(7, "main", 7, 3)
    threads.fork(8, "worker", 7, 7)
    assert threads.exec(7, 8, "program") is leader
    assert leader.comm == "program"
    assert threads.get(8) is not None and not threads.get(8).continues


def test_merge_knows_the_same_thread():
    earlier, later = Threads(), Threads()
    here = earlier.get(7, "sh")
    here.pid = 7
    there = later.get(7, "dd")
    assert earlier.merge(later)[there] is here
    assert (earlier.get(7).comm, earlier.get(7).pid) == ("dd", 7)


def test_merge_keeps_a_forked_thread_apart():
    earlier, later = Threads(), Threads()
    here = earlier.get(7, "sh")
    there = later.fork(7, "dd", 7, 1)
    assert there not in earlier.merge(later)
    assert earlier.get(7) is there is not here


def test_merge_keeps_a_thread_after_an_end_apart():
    earlier, later = Threads(), Threads()
    earlier.get(7, "sh")
    earlier.exit(7)
    earlier.free(7)
    there = later.get(7, "dd")
    assert there not in earlier.merge(later)
    assert not there.continues


def test_merge_joins_a_thread_which_ended_meanwhile():
    earlier, later = Threads(), Threads()
    here = earlier.get(7, "sh")
    there = later.get(7, "sh")
    later.exit(7)
    later.free(7)
    assert earlier.merge(later)[there] is here
    assert earlier.get(7) is not here
