"""Files become judged rows: which tables an input has, and what is wrong with each row.

Nothing here knows the network or the journal. Invariant: reading an input changes
nothing.
"""
