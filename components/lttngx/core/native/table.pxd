"""A hash table from a pair of addresses to a small number: which entry an event class (and stream) has.

Rule: open addressing, at most half full. Whoever puts an address in holds a reference to the object there, so that the
address cannot come to mean another one.
"""
from libc.stdint cimport uintptr_t
from libc.stdlib cimport calloc, free


cdef struct slot_t:
    const void *first
    const void *second
    int number


cdef struct table_t:
    slot_t *slots
    size_t mask
    size_t count


cdef inline size_t slot_of(const table_t *table, const void *first, const void *second) noexcept nogil:
    """Return the slot of a pair, or the free one where it belongs."""
    cdef size_t slot = ((<uintptr_t>first >> 4) * 31 + (<uintptr_t>second >> 4)) & table.mask
    while table.slots[slot].first != NULL and (
            table.slots[slot].first != first or table.slots[slot].second != second):
        slot = (slot + 1) & table.mask
    return slot


cdef inline int find(const table_t *table, const void *first, const void *second) noexcept nogil:
    """Return the number of a pair, −1 if it is not in the table."""
    cdef size_t slot
    if table.slots == NULL:
        return -1
    slot = slot_of(table, first, second)
    return table.slots[slot].number if table.slots[slot].first != NULL else -1


cdef inline int insert(table_t *table, const void *first, const void *second, int number) except -1:
    """Put a pair which is not in the table there."""
    cdef size_t slot
    if 2 * (table.count + 1) > table.mask:
        grow(table)
    slot = slot_of(table, first, second)
    table.slots[slot].first, table.slots[slot].second, table.slots[slot].number = first, second, number
    table.count += 1
    return 0


cdef inline int grow(table_t *table) except -1:
    cdef table_t larger
    cdef size_t index
    cdef size_t size = 64 if table.slots == NULL else 2 * (table.mask + 1)
    larger.slots = <slot_t *>calloc(size, sizeof(slot_t))
    if larger.slots == NULL:
        raise MemoryError()
    larger.mask, larger.count = size - 1, table.count
    if table.slots != NULL:
        for index in range(table.mask + 1):
            if table.slots[index].first != NULL:
                larger.slots[slot_of(&larger, table.slots[index].first, table.slots[index].second)] = \
                    table.slots[index]
        free(table.slots)
    table[0] = larger
    return 0
