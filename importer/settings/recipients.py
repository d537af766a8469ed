"""Who is told how runs end, as the settings say.

Invariant: what of it is secret is known to the logs before anybody can log it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import logs

if TYPE_CHECKING:
    from importer.notice import Recipient
    from importer.settings.loaded import Settings


def recipient(settings: Settings) -> Recipient | None:
    """Return who is told how runs end; None where no address is set.

    Raises:
        UsageError: the address cannot be used, or nothing signs the notices.
    """
    values = settings.values
    url = values.notify_url.get_secret_value().strip()
    if not url:
        return None
    from importer import notice  # noqa: PLC0415 - most runs tell no one

    secret = values.notify_secret.get_secret_value().strip()
    found = notice.recipient(url, secret, insecure_http=values.insecure_http)
    for text in found.secrets():
        logs.hide(text)
    return found
