"""What the sources were when a module was built; setup.py defines it, `choice` compares it (see fingerprint.py)."""

cdef extern from *:
    """
    #ifndef LTTNGX_SOURCES
    #define LTTNGX_SOURCES ""
    #endif
    """
    const char *LTTNGX_SOURCES
