"""How texts of sink.text.details are held against each other."""

import re

IDENTITY_TRACES = ("kernel-ctx", "kernel-lost", "kernel-noctx", "ctf18-ust", "perf-sched")


def same_details(before, after, unordered_streams):
    """Return whether two texts are equal but for what a library or binding makes impossible.

    Babeltrace 2.0.4 prints an empty string as an earlier value of that field: the rewritten text then has nothing there.
    unordered_streams: bt2 cannot list streams of equal ids, so the list at the head of the text may be shorter.
    """
    if unordered_streams:
        before, after = ([line for line in lines if not line.startswith("    Stream (ID ")] for lines in (before, after))
    return len(before) == len(after) and all(
        one == other or other.endswith(": ") and one.startswith(other) for one, other in zip(before, after))


def settled(before, after):
    """Return lines of sink.text.pretty with the strings empty which are so in the lines `after`.

    Babeltrace 2.0.4 prints an empty string as an earlier value of that field; behind a rewrite it is empty.
    """
    assert len(before) == len(after)
    return [_settled(one, other) for one, other in zip(before, after)]


def _settled(line, other):
    for name in re.findall(r'(\w+) = ""', other):
        line = re.sub(rf'\b{name} = "[^"]*"', f'{name} = ""', line)
    return line
