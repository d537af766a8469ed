"""One run: its steps in their order, what they share, and what they leave behind.

`session` puts the steps in order; `folders`, `inventory` and `other_runs` know the runs
beside it. Everything is loaded when it is first used.
"""
