"""Inventory of a machine's containers, to be written on the traced machine: `python3 -m lttngx.inventory -o
containers.json`.

A trace knows pid name spaces by inode; the runtimes know names. This package asks both and writes which is which. It
needs Python's standard library alone, and root to see the containers of others.
"""
