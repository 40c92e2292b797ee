"""The kernel state model: what every CPU and thread of one machine was doing, from tracepoints.

`world` holds the objects; `sched`, `syscalls`, `interrupts`, `processes`, `files`, `namespaces`, `contexts`, `statedump` and
`power` are its subsystems, each a table event → handler; `model` is the engine which binds and feeds them.
"""
