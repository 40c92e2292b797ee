"""The compiled core and its portable twin.

`classes` and `predicate` are the plain data both share with the engines above. `native` (Cython, libbabeltrace2's C
API) and `portable` (bt2) implement the same operations with the same results; `portable` is the reference.
"""
