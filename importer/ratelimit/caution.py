"""How careful a budget is: its margins, all in one place.

Numbers and their reasons, nothing else. Shares are of the limit or of the interval.
"""

from __future__ import annotations

#: A slot stays taken this much longer than an interval: two clocks, one of them
#: the server's, may round a boundary differently.
MARGIN_SECONDS = 0.005
#: A call that was given up may still be on its way: its slot is held so many times
#: as long.
GIVEN_UP = 2
#: Where others spend too, and in the first interval, when that is not known, this
#: share of the limit waits until what is under way is answered.
AHEAD = 0.04
#: The first interval's share of that waits no longer than for such a share of it.
SURE = 0.05
#: After so many intervals half of a guess is left.
HALF_LIFE = 3.0
#: Others that were seen are reckoned with for so many intervals.
MEMORY = 30
#: A budget that has heard nothing for this share of an interval asks with one call
#: before it sends many.
QUIET = 0.1
