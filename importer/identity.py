"""Which two definitions are the same: (location, slug), and nothing else.

The API has no key of its own that a client could choose (contract: duplicate slugs
are accepted), so this pair is what "exactly once" is measured by. Pure. Invariant:
equal pairs give equal keys on every machine and in every run.
"""

from __future__ import annotations

from hashlib import blake2b

#: The digits of the ids that HighLevel gives.
_MONGO_DIGITS = 24
_EMPTY = blake2b(digest_size=12)


def key(location_id: str, slug: str) -> bytes:
    """Return the pair as 12 bytes, small enough to hold a million of.

    At a million rows two different pairs share their bytes with a chance of about
    6 in 10^18, so there is no need to look twice.
    """
    hashed = _EMPTY.copy()  # half as dear as making one
    # a newline can be in neither an id nor a slug, so no two pairs run into one
    hashed.update(f"{location_id}\n{slug}".encode())
    return hashed.digest()


def id_key(collection_id: str) -> bytes:
    """Give the bytes by which an id is compared: 24 hex digits in any case are one."""
    if len(collection_id) == _MONGO_DIGITS:
        try:
            return bytes.fromhex(collection_id)
        except ValueError:
            pass
    # the mark keeps an id of 12 bytes apart from the bytes of a hex one
    return b"#" + collection_id.encode()
