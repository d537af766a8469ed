"""What spreadsheets write where a formula has no value, in the languages they speak.

A workbook knows such a cell for what it is; a text that was saved from one has only
these words. Pure. Invariant: all of them begin with a #, so that most texts are told
apart by their first character.
"""

from __future__ import annotations

_WORDS = frozenset(
    {
        *("#REF!", "#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!"),
        *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!"),
        # Google Sheets, and Excel while a cell waits for another program
        *("#ERROR!", "#BUSY!", "#PYTHON!"),
        # German
        *("#BEZUG!", "#NV", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", "#KALK!", "#FELD!"),
        # French
        *("#VALEUR!", "#NOM?", "#NOMBRE!", "#NUL!", "#EPARS!", "#PROPAGATION!"),
        # Spanish
        *("#¡REF!", "#¡DIV/0!", "#¿NOMBRE?", "#¡NULO!", "#¡NUM!", "#¡VALOR!", "#N/D"),
        # Italian
        *("#RIF!", "#NOME?", "#NULLO!", "#VALORE!", "#ESPANSIONE!"),
        # Dutch
        *("#VERW!", "#N/B", "#DEEL/0!", "#NAAM?", "#LEEG!", "#GETAL!", "#WAARDE!"),
        # Portuguese
        *("#NULO!", "#NÚM!", "#VALOR!", "#DESPEJAR!"),
        # Polish
        *("#ADR!", "#DZIEL/0!", "#NAZWA?", "#ZERO!", "#LICZBA!", "#ARG!"),
    }
)


def is_error(text: str) -> bool:
    """Return whether a cell holds nothing but an error of a spreadsheet."""
    return text.lstrip()[:1] == "#" and text.strip().upper() in _WORDS
