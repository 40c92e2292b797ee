"""C interface of `plans`: see plans.pyx."""
from lttngx.core.native.copying cimport CopyPlan

cdef CopyPlan copy_plan(object field_class, object change)
