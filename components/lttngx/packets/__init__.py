"""Packets of recordings: which data streams there are under a path, and what each packet says of itself.

`names` reads what LTTng puts into paths; `growing` reads index files, again and again; `recording` joins both into records in
order of time. Directories and files are read here, data never is: the caller gives a function which reads packet headers.
"""
