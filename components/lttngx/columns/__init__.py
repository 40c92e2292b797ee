"""Events as typed columns: what event classes look like as tables, and the files they are written to."""
