"""Threads and processes as the trace tells of them.

The rules:
1. A TID names one *thread* from its fork (or first sight) to its sched_process_free; a fork replaces what was known
under the
   child's TID, so a reused TID is another thread.
2. A thread's name is the newest fact: sched_switch's prev_comm and next_comm, statedump, fork, the procname context.
3. A fact learnt late holds for the whole life of the thread: results are made from the threads at the end, so slices
counted before a
   thread's PID or name space was known are attributed all the same.
4. execve() from a thread that is not its group's leader gives it the leader's TID (sched_process_exec: old_tid → tid).
"""

IDLE_TID = 0


class Thread:
    """One thread.

    pid: TID of its group's leader; ppid: PID of its parent process (of the creating one, where a fork was seen, as
    orphans are
    adopted by init); pid_ns: inode of its innermost pid name space; cgroup_ns: of its cgroup name space; vtid: TID in
    pid_ns.
    All are None while unknown. prio is on LTTng's scale (20 is nice 0).
    continues: nothing in this trace part says that the thread began in it, so an earlier part's thread of the same TID
    is this one.
    """

    __slots__ = ("tid", "pid", "ppid", "comm", "prio", "pid_ns", "cgroup_ns", "vtid", "learned", "exited", "continues")

    def __init__(self, tid: int, comm: str | None = None, continues: bool = True):
        self.tid = tid
        self.comm = comm
        self.continues = continues
        self.pid = self.ppid = self.prio = self.pid_ns = self.cgroup_ns = self.vtid = None
        self.learned = self.exited = False

    def __repr__(self) -> str:
        return f"<Thread {self.tid} {self.comm!r} pid={self.pid} pid_ns={self.pid_ns}>"

    @property
    def is_leader(self) -> bool:
        """True if the thread is known to be its process's first thread."""
        return self.pid == self.tid

    def adopt(self, later: "Thread") -> None:
        """Take over what a later trace part knows of the same thread; newer facts win."""
        for name in ("pid", "ppid", "comm", "prio", "pid_ns", "cgroup_ns", "vtid"):
            if (value := getattr(later, name)) is not None:
                setattr(self, name, value)
        self.exited = self.exited or later.exited


class Threads:
    """The threads of one machine by TID. `idle` stands for every CPU's idle task, TID 0.

    ended: TIDs under which a thread ended or began here. continuing: the threads an earlier trace part may know, by
    TID. freed: TIDs freed here of which nothing was known: an earlier part may know their threads.
    """

    def __init__(self) -> None:
        self.idle = self.make(IDLE_TID, "swapper")
        self.idle.learned = True
        self.by_tid: dict[int, Thread] = {IDLE_TID: self.idle}
        self.ended: set[int] = set()
        self.freed: set[int] = set()
        self.continuing: dict[int, Thread] = {IDLE_TID: self.idle}

    def make(self, tid: int, comm: str | None = None, continues: bool = True) -> Thread:
        """Return a new thread; models that keep more of a thread override this."""
        return Thread(tid, comm, continues)

    def get(self, tid: int, comm: str | None = None) -> Thread:
        """Return the living thread of a TID, made on first sight."""
        thread = self.by_tid.get(tid)
        if thread is None:
            thread = self.by_tid[tid] = self.make(tid, comm, continues=tid not in self.ended)
            if thread.continues:
                self.continuing[tid] = thread
        return thread

    def fork(self, tid: int, comm: str | None, pid: int | None, parent_pid: int | None) -> Thread:
        """A thread begins: the child of sched_process_fork. parent_pid is None if the event does not tell it."""
        thread = self.by_tid[tid] = self.make(tid, comm, continues=False)
        self.ended.add(tid)
        thread.pid = pid
        if pid == tid or pid is None:
            thread.ppid = parent_pid
        elif (leader := self.by_tid.get(pid)) is not None:
            thread.ppid = leader.ppid
        return thread

    def exec(self, tid: int, old_tid: int, comm: str | None) -> Thread:
        """A program begins (rule 4): return the thread that now runs."""
        thread = self.get(tid)
        if old_tid != tid and (old := self.by_tid.pop(old_tid, None)) is not None:
            self.ended.add(old_tid)
            thread.exited = False
            thread.pid = tid
            if thread.pid_ns is None:
                thread.pid_ns = old.pid_ns
        if comm is not None:
            thread.comm = comm
        return thread

    def exit(self, tid: int) -> None:
        """A thread ends; it still runs until its last sched_switch."""
        self.get(tid).exited = True

    def free(self, tid: int) -> None:
        """A thread's TID is free. The event comes late (after an RCU grace period): a fork may have reused the TID
        already."""
        thread = self.by_tid.get(tid)
        if thread is None:
            self.freed.add(tid)
        elif tid != IDLE_TID and (thread.exited or thread.continues):
            del self.by_tid[tid]
            self.ended.add(tid)

    def merge(self, later: "Threads") -> dict[Thread, Thread]:
        """Join a later trace part's threads; return which thread stands for each of those which are known here too."""
        known = {}
        for tid in later.freed:
            self.free(tid)
        for tid, thread in later.continuing.items():
            if (earlier := self.by_tid.get(tid)) is not None:
                earlier.adopt(thread)
                known[thread] = earlier
            elif tid in self.ended:
                thread.continues = False
            else:
                self.continuing[tid] = thread
        for tid in later.ended:
            self.by_tid.pop(tid, None)
        for tid, thread in later.by_tid.items():
            self.by_tid[tid] = known.get(thread, thread)
        self.ended |= later.ended
        return known
