"""Notices: who is told how a run ended, what the notice says, and how it is sent.

A notice is one JSON object, signed, that is POSTed to one address. When one is sent is
not decided here. Invariant: neither the secret nor the address' path and query are in
anything that is returned or raised here.
"""

from __future__ import annotations

from importer.notice.recipient import Recipient, recipient, shown

__all__ = ["Recipient", "recipient", "shown"]
