"""The names of Linux kernel tracepoints and their fields, as LTTng-modules 2.0 … 2.15 and perf's CTF write them.

One row a canonical tracepoint: its name, every event name that means it, and its fields. A field is written
`canonical`, or `canonical|other|other` where other writers call it differently; `?` at the end marks a field which some version
lacks. Canonical names are those of the newest LTTng-modules which has the tracepoint. perf's names are
`subsystem:tracepoint` (`perf data convert --to-ctf`); the kernel's own tracepoints call a thread's TID `pid`.

Sources: the event descriptions of LTTng-modules' tagged releases (2.7.0 put most subsystems into a name space of
their own, 2.12.0 moved the name-space fields of lttng_statedump_process_state into events), and traces recorded with perf 6.1.
"""

# fmt: off
SCHED = (
    ("sched_switch", "sched_switch sched:sched_switch",
     "prev_comm prev_tid|prev_pid prev_prio prev_state? next_comm next_tid|next_pid next_prio"),
    ("sched_waking", "sched_waking sched:sched_waking", "comm? tid|pid prio? target_cpu?"),
    ("sched_wakeup", "sched_wakeup sched:sched_wakeup", "comm? tid|pid prio? success? target_cpu?"),
    ("sched_wakeup_new", "sched_wakeup_new sched:sched_wakeup_new", "comm? tid|pid prio? success? target_cpu?"),
    ("sched_migrate_task", "sched_migrate_task sched:sched_migrate_task", "comm? tid|pid prio? orig_cpu? dest_cpu?"),
    ("sched_pi_setprio", "sched_pi_setprio sched:sched_pi_setprio", "comm? tid|pid oldprio? newprio"),
    # perf's parent_pid and child_pid are TIDs: its row comes apart, as LTTng's parent_pid is a PID.
    ("sched_process_fork", "sched_process_fork",
     "parent_comm? parent_tid parent_pid? parent_ns_inum? child_comm? child_tid vtids? child_pid? child_ns_inum?"),
    ("sched_process_fork", "sched:sched_process_fork",
     "parent_comm? parent_tid|parent_pid child_comm? child_tid|child_pid"),
    ("sched_process_exec", "sched_process_exec sched:sched_process_exec", "filename? tid|pid old_tid?|old_pid"),
    ("sched_process_exit", "sched_process_exit sched:sched_process_exit", "comm? tid|pid prio? group_dead?"),
    ("sched_process_free", "sched_process_free sched:sched_process_free", "comm? tid|pid prio?"),
    ("sched_process_wait", "sched_process_wait sched:sched_process_wait", "comm? tid|pid prio?"),
    ("sched_stat_runtime", "sched_stat_runtime sched:sched_stat_runtime", "comm? tid|pid runtime vruntime?"),
    ("perf_comm", "perf_comm", "pid tid comm"),
    ("perf_fork", "perf_fork", "pid ppid tid ptid"),
    ("perf_exit", "perf_exit", "pid ppid tid ptid"),
)

STATEDUMP = (
    ("lttng_statedump_start", "lttng_statedump_start", ""),
    ("lttng_statedump_end", "lttng_statedump_end", ""),
    # ns_level … vppid: 2.7 to 2.11, one event a level; cpu since 2.10, file_table_address since 2.12.
    ("lttng_statedump_process_state", "lttng_statedump_process_state",
     "tid pid ppid? name? type? mode? submode? status? cpu? file_table_address? vtid? vpid? vppid? ns_level? ns_inum?"),
    ("lttng_statedump_process_pid_ns", "lttng_statedump_process_pid_ns", "tid vtid? vpid? vppid? ns_level ns_inum"),
    ("lttng_statedump_process_cgroup_ns", "lttng_statedump_process_cgroup_ns", "tid ns_inum"),
    ("lttng_statedump_process_ipc_ns", "lttng_statedump_process_ipc_ns", "tid ns_inum"),
    ("lttng_statedump_process_mnt_ns", "lttng_statedump_process_mnt_ns", "tid ns_inum"),
    ("lttng_statedump_process_net_ns", "lttng_statedump_process_net_ns", "tid ns_inum"),
    ("lttng_statedump_process_time_ns", "lttng_statedump_process_time_ns", "tid ns_inum"),
    ("lttng_statedump_process_user_ns", "lttng_statedump_process_user_ns", "tid vuid? vgid? ns_level? ns_inum"),
    ("lttng_statedump_process_uts_ns", "lttng_statedump_process_uts_ns", "tid ns_inum"),
    # The key is pid before 2.12, the file table's address since.
    ("lttng_statedump_file_descriptor", "lttng_statedump_file_descriptor",
     "file_table_address? pid? fd flags? fmode? filename?"),
    ("lttng_statedump_vm_map", "lttng_statedump_vm_map", "pid start end flags? inode? pgoff?"),
    ("lttng_statedump_block_device", "lttng_statedump_block_device", "dev diskname"),
    ("lttng_statedump_network_interface", "lttng_statedump_network_interface", "name address_ipv4|ip"),
    ("lttng_statedump_interrupt", "lttng_statedump_interrupt", "irq name action"),
    ("lttng_statedump_cpu_topology", "lttng_statedump_cpu_topology",
     "cpu_id architecture? vendor? family? model? model_name? physical_id? core_id? cores?"),
)

INTERRUPTS = (
    ("irq_handler_entry", "irq_handler_entry irq:irq_handler_entry", "irq name? action?"),
    ("irq_handler_exit", "irq_handler_exit irq:irq_handler_exit", "irq ret?"),
    ("irq_softirq_raise", "irq_softirq_raise softirq_raise irq:softirq_raise", "vec name?"),
    ("irq_softirq_entry", "irq_softirq_entry softirq_entry irq:softirq_entry", "vec name?"),
    ("irq_softirq_exit", "irq_softirq_exit softirq_exit irq:softirq_exit", "vec name?"),
    ("irq_tasklet_low_entry", "irq_tasklet_low_entry", "func"),
    ("irq_tasklet_low_exit", "irq_tasklet_low_exit", "func"),
    ("irq_tasklet_hi_entry", "irq_tasklet_hi_entry", "func"),
    ("irq_tasklet_hi_exit", "irq_tasklet_hi_exit", "func"),
)

# Every x86 vector has an entry and an exit event, x86_irq_vectors_VECTOR_entry and …_exit (since 2.8).
X86_VECTORS = (
    "local_timer", "spurious_apic", "error_apic", "x86_platform_ipi", "irq_work", "call_function", "call_function_single",
    "reschedule", "threshold_apic", "deferred_error_apic", "thermal_apic",
)
INTERRUPTS += tuple(
    (f"x86_irq_vectors_{vector}_{edge}",
     f"x86_irq_vectors_{vector}_{edge} irq_vectors_{vector}_{edge} irq_vectors:{vector}_{edge}", "vector")
    for vector in X86_VECTORS for edge in ("entry", "exit"))

TIMERS = (
    ("timer_init", "timer_init timer:timer_init", "timer"),
    ("timer_start", "timer_start timer:timer_start", "timer function? expires? now? flags? deferrable?"),
    ("timer_cancel", "timer_cancel timer:timer_cancel", "timer"),
    ("timer_expire_entry", "timer_expire_entry timer:timer_expire_entry", "timer now? function?"),
    ("timer_expire_exit", "timer_expire_exit timer:timer_expire_exit", "timer"),
    ("timer_hrtimer_init", "timer_hrtimer_init hrtimer_init timer:hrtimer_init", "hrtimer clockid? mode?"),
    ("timer_hrtimer_start", "timer_hrtimer_start hrtimer_start timer:hrtimer_start",
     "hrtimer function? expires? softexpires? mode?"),
    ("timer_hrtimer_cancel", "timer_hrtimer_cancel hrtimer_cancel timer:hrtimer_cancel", "hrtimer"),
    ("timer_hrtimer_expire_entry", "timer_hrtimer_expire_entry hrtimer_expire_entry timer:hrtimer_expire_entry",
     "hrtimer now? function?"),
    ("timer_hrtimer_expire_exit", "timer_hrtimer_expire_exit hrtimer_expire_exit timer:hrtimer_expire_exit", "hrtimer"),
    ("timer_itimer_state", "timer_itimer_state itimer_state timer:itimer_state",
     "which expires? value_sec? value_usec? value_nsec? interval_sec? interval_usec? interval_nsec?"),
    ("timer_itimer_expire", "timer_itimer_expire itimer_expire timer:itimer_expire", "which pid? now?"),
)

BLOCK = (
    ("block_rq_insert", "block_rq_insert block:block_rq_insert", "dev sector nr_sector bytes? tid?|pid rwbs? cmd? comm?"),
    # 2.1 lacks tid here.
    ("block_rq_issue", "block_rq_issue block:block_rq_issue", "dev sector nr_sector bytes? tid?|pid rwbs? cmd? comm?"),
    ("block_rq_merge", "block_rq_merge block:block_rq_merge", "dev sector nr_sector bytes? tid? rwbs? comm?"),
    ("block_rq_complete", "block_rq_complete block:block_rq_complete", "dev sector nr_sector error?|errors rwbs? cmd?"),
    ("block_rq_requeue", "block_rq_requeue block:block_rq_requeue", "dev sector nr_sector error?|errors rwbs? cmd?"),
    ("block_rq_abort", "block_rq_abort block:block_rq_abort", "dev sector nr_sector error?|errors rwbs? cmd?"),
    ("block_rq_remap", "block_rq_remap block:block_rq_remap", "dev sector nr_sector old_dev old_sector rwbs?"),
    ("block_bio_queue", "block_bio_queue block:block_bio_queue", "dev sector nr_sector tid?|pid rwbs? comm?"),
    ("block_bio_backmerge", "block_bio_backmerge block:block_bio_backmerge", "dev sector nr_sector tid?|pid rwbs? comm?"),
    ("block_bio_frontmerge", "block_bio_frontmerge block:block_bio_frontmerge", "dev sector nr_sector tid?|pid rwbs? comm?"),
    ("block_bio_remap", "block_bio_remap block_remap block:block_bio_remap", "dev sector nr_sector? old_dev old_sector rwbs?"),
    ("block_bio_complete", "block_bio_complete block:block_bio_complete", "dev sector nr_sector error? rwbs?"),
    ("block_bio_bounce", "block_bio_bounce block:block_bio_bounce", "dev sector nr_sector tid?|pid rwbs? comm?"),
    ("block_getrq", "block_getrq block:block_getrq", "dev sector nr_sector tid?|pid rwbs? comm?"),
    ("block_sleeprq", "block_sleeprq block:block_sleeprq", "dev sector nr_sector tid?|pid rwbs? comm?"),
    ("block_split", "block_split block:block_split", "dev sector new_sector tid?|pid rwbs? comm?"),
)

NET = (
    ("net_dev_queue", "net_dev_queue net:net_dev_queue", "skbaddr len name network_header?"),
    ("net_dev_xmit", "net_dev_xmit net:net_dev_xmit", "skbaddr rc? len name"),
    ("net_if_receive_skb", "net_if_receive_skb netif_receive_skb net:netif_receive_skb", "skbaddr len name network_header?"),
    ("net_if_rx", "net_if_rx netif_rx net:netif_rx", "skbaddr len name network_header?"),
    ("net_if_receive_skb_entry", "net_if_receive_skb_entry net:netif_receive_skb_entry",
     "skbaddr|skbaddr_field napi_id? len? name? network_header?"),
    ("net_if_receive_skb_exit", "net_if_receive_skb_exit net:netif_receive_skb_exit", "ret"),
    ("net_if_rx_entry", "net_if_rx_entry net:netif_rx_entry", "skbaddr|skbaddr_field napi_id? len? name? network_header?"),
    ("net_if_rx_exit", "net_if_rx_exit net:netif_rx_exit", "ret"),
    ("net_napi_gro_receive_entry", "net_napi_gro_receive_entry net:napi_gro_receive_entry",
     "skbaddr|skbaddr_field napi_id? len? name? network_header?"),
    ("net_napi_gro_receive_exit", "net_napi_gro_receive_exit net:napi_gro_receive_exit", "ret"),
    ("napi_poll", "napi_poll napi:napi_poll", "napi dev_name work? budget?"),
    ("skb_kfree", "skb_kfree kfree_skb skb:kfree_skb", "skbaddr location? protocol? reason?"),
    ("skb_consume", "skb_consume consume_skb skb:consume_skb", "skbaddr"),
)

KMEM = (
    ("kmem_kmalloc", "kmem_kmalloc kmalloc kmem:kmalloc", "call_site? ptr bytes_req bytes_alloc gfp_flags?"),
    ("kmem_kmalloc_node", "kmem_kmalloc_node kmalloc_node kmem:kmalloc_node",
     "call_site? ptr bytes_req bytes_alloc gfp_flags? node?"),
    ("kmem_cache_alloc", "kmem_cache_alloc kmem:kmem_cache_alloc", "call_site? ptr bytes_req? bytes_alloc? gfp_flags? name?"),
    ("kmem_cache_alloc_node", "kmem_cache_alloc_node kmem:kmem_cache_alloc_node",
     "call_site? ptr bytes_req? bytes_alloc? gfp_flags? node?"),
    ("kmem_kfree", "kmem_kfree kfree kmem:kfree", "call_site? ptr"),
    ("kmem_cache_free", "kmem_cache_free kmem:kmem_cache_free", "call_site? ptr name?"),
    ("kmem_mm_page_alloc", "kmem_mm_page_alloc mm_page_alloc kmem:mm_page_alloc", "page? pfn? order gfp_flags? migratetype?"),
    ("kmem_mm_page_free", "kmem_mm_page_free mm_page_free kmem:mm_page_free", "page? pfn? order"),
    ("kmem_mm_page_free_batched", "kmem_mm_page_free_batched mm_page_free_batched kmem:mm_page_free_batched",
     "page? pfn? cold?"),
    ("kmem_mm_page_alloc_zone_locked", "kmem_mm_page_alloc_zone_locked mm_page_alloc_zone_locked "
     "kmem:mm_page_alloc_zone_locked", "page? pfn? order migratetype?"),
    ("kmem_mm_page_pcpu_drain", "kmem_mm_page_pcpu_drain mm_page_pcpu_drain kmem:mm_page_pcpu_drain",
     "page? pfn? order migratetype?"),
    ("kmem_mm_page_alloc_extfrag", "kmem_mm_page_alloc_extfrag mm_page_alloc_extfrag kmem:mm_page_alloc_extfrag",
     "page? pfn? alloc_order fallback_order?"),
)

POWER = (
    ("power_cpu_idle", "power_cpu_idle power:cpu_idle", "state cpu_id"),
    ("power_cpu_frequency", "power_cpu_frequency power:cpu_frequency", "state cpu_id"),
    ("power_machine_suspend", "power_machine_suspend power:suspend_resume", "state|action"),
    ("cpuhp_enter", "cpuhp_enter cpuhp:cpuhp_enter", "cpu target idx fun?"),
    ("cpuhp_exit", "cpuhp_exit cpuhp:cpuhp_exit", "cpu state idx ret"),
)

WORKQUEUE = (
    ("workqueue_queue_work", "workqueue_queue_work workqueue:workqueue_queue_work", "work function? req_cpu?|cpu workqueue?"),
    ("workqueue_activate_work", "workqueue_activate_work workqueue:workqueue_activate_work", "work"),
    ("workqueue_execute_start", "workqueue_execute_start workqueue:workqueue_execute_start", "work function?"),
    ("workqueue_execute_end", "workqueue_execute_end workqueue:workqueue_execute_end", "work function?"),
)
# fmt: on

FAMILIES = {
    "sched": SCHED, "statedump": STATEDUMP, "interrupts": INTERRUPTS, "timers": TIMERS, "block": BLOCK, "net": NET,
    "kmem": KMEM, "power": POWER, "workqueue": WORKQUEUE,
}

# Event name prefix → (phase, compat). Longer prefixes come first. `sys_` and `compat_sys_` are 2.0 … 2.5's; there the exit of
# every system call is the one event exit_syscall, which does not name the call.
SYSCALL_PREFIXES = (
    ("compat_syscall_entry_", "entry", True),
    ("compat_syscall_exit_", "exit", True),
    ("syscall_entry_", "entry", False),
    ("syscall_exit_", "exit", False),
    ("compat_sys_", "entry", True),
    ("sys_", "entry", False),
    ("syscalls:sys_enter_", "entry", False),
    ("syscalls:sys_exit_", "exit", False),
)
# Events of every system call of which the table knows no more: the phase, and no name.
SYSCALL_UNNAMED = {
    "exit_syscall": ("exit", False), "compat_exit_syscall": ("exit", True),
    "syscall_entry_unknown": ("entry", False), "syscall_exit_unknown": ("exit", False),
    "compat_syscall_entry_unknown": ("entry", True), "compat_syscall_exit_unknown": ("exit", True),
    "raw_syscalls:sys_enter": ("entry", False), "raw_syscalls:sys_exit": ("exit", False),
}

# Canonical context → field names. LTTng's contexts are members of the common context (channel) or specific context (event); perf's
# are members of the payload. `lttng add-context --kernel --list` gives LTTng's names.
CONTEXTS = {
    "pid": ("pid", "perf_pid"),
    "tid": ("tid", "perf_tid"),
    "ppid": ("ppid",),
    "vpid": ("vpid",),
    "vtid": ("vtid",),
    "vppid": ("vppid",),
    "procname": ("procname",),
    "prio": ("prio",),
    "hostname": ("hostname",),
    "pid_ns": ("pid_ns",),
    "cgroup_ns": ("cgroup_ns",),
    "ipc_ns": ("ipc_ns",),
    "mnt_ns": ("mnt_ns",),
    "net_ns": ("net_ns",),
    "time_ns": ("time_ns",),
    "user_ns": ("user_ns",),
    "uts_ns": ("uts_ns",),
    "callstack_kernel": ("callstack_kernel",),
    "callstack_user": ("callstack_user",),
}
