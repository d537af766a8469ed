"""What a token says of itself, without asking a server and without showing it.

Pure. A Private Integration Token is known by how it begins; an OAuth token is a JWT,
whose middle part is open to read. Its signature is not verified, so what it
says is a hint and the API's answer the truth. Invariant: no part of the token leaves
this module but the claims named here.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

PRIVATE = "Private Integration Token"
OAUTH = "OAuth access token"
OTHER = "token of an unknown kind"

_PARTS_OF_A_JWT = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What a token seems to be; empty or None where it does not say."""

    name: str
    agency: bool = False
    location: str = ""
    expires_at: float | None = None
    scopes: tuple[str, ...] = ()


def kind(token: str) -> Kind:
    """Tell what a token seems to be."""
    if token.startswith("pit-"):
        return Kind(PRIVATE)
    claims = _claims(token)
    if claims is None:
        return Kind(OTHER)
    owner, meta = claims.get("authClass"), claims.get("oauthMeta")
    scopes = meta.get("scopes") if isinstance(meta, dict) else None
    expires = claims.get("exp")
    return Kind(
        OAUTH,
        agency=owner == "Company",
        location=_text(claims.get("authClassId")) if owner == "Location" else "",
        expires_at=float(expires) if isinstance(expires, int | float) else None,
        scopes=tuple(map(str, scopes)) if isinstance(scopes, list) else (),
    )


def _claims(token: str) -> dict[str, Any] | None:
    """Read the middle part of a JWT, None where the token is none."""
    parts = token.split(".")
    if len(parts) != _PARTS_OF_A_JWT:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        found = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error):
        return None
    return found if isinstance(found, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
