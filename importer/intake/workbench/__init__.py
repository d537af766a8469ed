"""A table on the workbench: read once, edited, and judged as `check` judges it.

`bench` has what can be done with it, `sheet` is one table, `records` are its rows,
`rivals` who has a slug, `ledger` what is bad. Invariant: what it says of a row is what
a check of its tables says.
"""
