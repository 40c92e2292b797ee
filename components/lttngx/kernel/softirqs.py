"""Names of softirq vectors (include/linux/interrupt.h, since 2.6.31; 5 was BLOCK_IOPOLL until 4.4)."""

NAMES = ("HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU")


def softirq_name(vector: int) -> str:
    """Return a vector's name."""
    return NAMES[vector] if 0 <= vector < len(NAMES) else f"softirq {vector}"
