"""Names of system calls, their arguments and their errors where a trace has numbers only.

LTTng-modules writes a call which it does not know (on Linux 6.1 with 2.13: rseq, membarrier, clone3, …) as
`syscall_entry_unknown` with its number and the registers. The numbers below are those of calls which some release does not
know: where they are another call's on another architecture, tracers know that call by name.

Sources: arch/x86/entry/syscalls/syscall_{64,32}.tbl, include/uapi/asm-generic/unistd.h, the calls' manual pages;
include/uapi/linux/membarrier.h, include/uapi/linux/rseq.h, include/linux/errno.h.
"""

import errno

MEMBARRIER, RSEQ = "membarrier", "rseq"
NUMBERS = {
    # x86-64
    15: "rt_sigreturn", 134: "uselib", 154: "modify_ldt", 156: "_sysctl", 158: "arch_prctl", 172: "iopl", 173: "ioperm",
    205: "set_thread_area", 211: "get_thread_area", 313: "finit_module", 314: "sched_setattr", 315: "sched_getattr",
    316: "renameat2", 317: "seccomp", 318: "getrandom", 319: "memfd_create", 320: "kexec_file_load", 321: "bpf",
    322: "execveat", 323: "userfaultfd", 324: MEMBARRIER, 325: "mlock2", 326: "copy_file_range", 327: "preadv2",
    328: "pwritev2", 329: "pkey_mprotect", 330: "pkey_alloc", 331: "pkey_free", 332: "statx", 333: "io_pgetevents", 334: RSEQ,
    # arm64 and the generic table
    139: "rt_sigreturn", 283: MEMBARRIER, 293: RSEQ,
    # Every architecture
    424: "pidfd_send_signal", 425: "io_uring_setup", 426: "io_uring_enter", 427: "io_uring_register", 428: "open_tree",
    429: "move_mount", 430: "fsopen", 431: "fsconfig", 432: "fsmount", 433: "fspick", 434: "pidfd_open", 435: "clone3",
    436: "close_range", 437: "openat2", 438: "pidfd_getfd", 439: "faccessat2", 440: "process_madvise", 441: "epoll_pwait2",
    442: "mount_setattr", 443: "quotactl_fd", 444: "landlock_create_ruleset", 445: "landlock_add_rule",
    446: "landlock_restrict_self", 447: "memfd_secret", 448: "process_mrelease", 449: "futex_waitv",
    450: "set_mempolicy_home_node", 451: "cachestat", 452: "fchmodat2",
}
# 32-bit calls of x86.
COMPAT_NUMBERS = {119: "sigreturn", 173: "rt_sigreturn", 375: MEMBARRIER, 384: "arch_prctl", 386: RSEQ}

# Calls which restore the registers of before a signal: they have no exit event, as the tracer finds no call to name.
WITHOUT_EXIT = frozenset(("rt_sigreturn", "sigreturn"))
# Calls which do not return.
FINAL = frozenset(("exit", "exit_group"))
# Calls whose exit may be named by the table of another architecture.
EXEC = frozenset(("execve", "execveat"))

# Names of the registers of calls which have no fields of their own.
ARGUMENTS = {MEMBARRIER: ("cmd", "flags", "cpu_id"), RSEQ: ("rseq", "rseq_len", "flags", "sig"),
             "arch_prctl": ("code", "addr"), "clone3": ("uargs", "size")}
# Names of arguments' values.
VALUES = {
    (MEMBARRIER, "cmd"): {
        0: "QUERY", 1 << 0: "GLOBAL", 1 << 1: "GLOBAL_EXPEDITED", 1 << 2: "REGISTER_GLOBAL_EXPEDITED",
        1 << 3: "PRIVATE_EXPEDITED", 1 << 4: "REGISTER_PRIVATE_EXPEDITED", 1 << 5: "PRIVATE_EXPEDITED_SYNC_CORE",
        1 << 6: "REGISTER_PRIVATE_EXPEDITED_SYNC_CORE", 1 << 7: "PRIVATE_EXPEDITED_RSEQ",
        1 << 8: "REGISTER_PRIVATE_EXPEDITED_RSEQ", 1 << 9: "GET_REGISTRATIONS"},
    (RSEQ, "flags"): {0: "REGISTER", 1: "UNREGISTER"},
}
# Errors which the kernel keeps to itself: a restarted call's exit shows them.
_INTERNAL = {512: "ERESTARTSYS", 513: "ERESTARTNOINTR", 514: "ERESTARTNOHAND", 515: "ENOIOCTLCMD", 516: "ERESTART_RESTARTBLOCK",
             517: "EPROBE_DEFER", 530: "EIOCBQUEUED"}
MAX_ERRNO = 4095


def call_name(number: int, compat: bool = False) -> str:
    """Return the name of a system call of which the tracer knows only the number."""
    name = COMPAT_NUMBERS.get(number) if compat else None
    return name or NUMBERS.get(number) or f"unknown ({number})"


def error_name(number: int) -> str:
    """Return the name of an error number (positive)."""
    return errno.errorcode.get(number) or _INTERNAL.get(number) or str(number)


def value_name(call: str, argument: str, value: object) -> str:
    """Return an argument's value for people."""
    return str(VALUES.get((call, argument), {}).get(value, value))
