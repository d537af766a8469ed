"""The line of totals at the end of a table, which is no collection.

A collection may be called Total, so such a row is sent and only remarked upon. Knows
one row; that it is the last one is for the caller to say. Invariant: a row that says
anything of a collection but its name, products or a slug in words, is no such line.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from importer import patterns
from importer.models import Code, Problem, Valid

if TYPE_CHECKING:
    from importer.models import Checked, DoneBefore, Plain
    from importer.models.problems import Finder

#: What such a line is called, in small letters and without what stands around it.
NAMES = frozenset(
    {
        *("total", "totals", "grand total", "subtotal", "sum", "sums", "overall"),
        *("summe", "summen", "gesamt", "gesamtsumme", "insgesamt", "zwischensumme"),
        *("total général", "somme", "total geral", "soma", "suma", "total general"),
        *("totale", "totale generale", "somma", "totaal", "totaal generaal", "som"),
        *("razem", "łącznie", "celkem", "spolu", "összesen", "ukupno", "skupaj"),
        *("summa", "totalt", "i alt", "yhteensä", "kokku", "kopā", "iš viso"),
        *("toplam", "genel toplam", "σύνολο", "итого", "всего", "сумма", "разом"),
        *("усього", "общо", "סה״כ", "المجموع", "الإجمالي", "合计", "总计", "小计"),
        *("合計", "総計", "小計", "總計", "합계", "총계", "รวม", "tổng", "tổng cộng"),
    }
)
_AROUND = " \t\r\n\u00a0:\uff1a.=*-\u2013\u2014"
# digits with whatever groups them, and the signs of currencies and shares
_NUMBER = patterns.later(
    r"\W{0,3}(?:[A-Z]{3}\s?)?\d[\d\s.,'\u2019]*(?:[A-Z]{3})?\W{0,3}"
)


def looks_like(checked: Checked | DoneBefore | Plain) -> TypeGuard[Valid]:
    """Return whether a row is called like the totals and holds only numbers else."""
    if not isinstance(checked, Valid) or not _named(checked.parts["name"]):
        return False
    filled = [cell.strip() for cell in checked.row.cells if cell.strip()]
    numbers = sum(_NUMBER.fullmatch(cell) is not None for cell in filled)
    return 0 < numbers == len(filled) - 1


def _named(name: str) -> bool:
    return name.strip(_AROUND).casefold() in NAMES


def remarked(valid: Valid, table: Finder) -> Valid:
    """Return the row with the remark in front of its others."""
    name = valid.parts["name"]
    cells = table.find(valid.row, "name", name)
    remark = Problem(Code.TOTALS_ROW, {"value": name}, cells)
    return replace(valid, remarks=(remark, *valid.remarks))
