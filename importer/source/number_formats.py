"""The formats of an xlsx with which a number looks like another text: 007, 50%, 1/4.

A cell holds the number 7 and a format shows 007; its reader gives the number. Finds the
styles whose format does so; that a price is rounded or has its currency beside it is
not told. Invariant: what cannot be read of the styles is no such format.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from importer import patterns
from importer.source.archive import names, opened

if TYPE_CHECKING:
    import zipfile

_STYLES = "xl/styles.xml"
_BYTES = 1 << 24
#: Formats that every spreadsheet knows by number, and names in no file.
_BUILT_IN = {"9": "0%", "10": "0.00%", "12": "# ?/?", "13": "# ??/??"}
# Each is linear on any text, also on one that was made to be slow.
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\s([^<>]*)>")
_STYLE = re.compile(r"<(?:\w+:)?xf\b([^<>]*)>")
_NUMBER = patterns.later(r"\bnumFmtId\s*=\s*[\"'](\d+)[\"']")
_CODE = patterns.later(r"\bformatCode\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
#: What of a format is text, a colour or a currency.
_BESIDE = patterns.later(r"\"[^\"]*\"|\[[^\]]*\]|\\.|_.|\*.")
#: Digits that are filled up with zeros, hundredths, or fractions.
_OTHERWISE = patterns.later(r"[^.#0?]*00|[^%]*%|[^/]*[#?0]/[?0-9]")
_DATE = patterns.later(r"[ymdhs]", re.IGNORECASE)


def telling(archive: zipfile.ZipFile) -> dict[bytes, str]:
    """Return the formats that show a number otherwise, by the number of the style.

    Raises:
        OSError, KeyError: the file is not what it seems.
    """
    if _STYLES not in names(archive):
        return {}
    with opened(archive, _STYLES) as stream:
        text = stream.read(_BYTES).decode("utf-8", "replace")
    codes = dict(_BUILT_IN)
    for attributes in _FORMAT.findall(text):
        number, code = _NUMBER.search(attributes), _CODE.search(attributes)
        if number and code:
            codes[number[1]] = html.unescape(code[1] or code[2] or "")
    known = {number: code for number, code in codes.items() if _shows_otherwise(code)}
    _, _, styles = text.partition("cellXfs")
    found = map(_NUMBER.search, _STYLE.findall(styles.partition("cellXfs")[0]))
    return {
        str(style).encode(): known[number[1]]
        for style, number in enumerate(found)
        if number and number[1] in known
    }


def _shows_otherwise(code: str) -> bool:
    bare = _BESIDE.sub("", code.partition(";")[0])
    return bool(_OTHERWISE.match(bare)) and not _DATE.search(bare)
