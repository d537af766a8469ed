"""The line of totals below a table: known, and told from a collection."""

from __future__ import annotations

import pytest

from importer.models import Code, Invalid, Place, Row, Valid
from importer.models.problems import NOWHERE
from importer.validation import totals


def valid(*cells: str) -> Valid:
    """A row that can be sent; its name is its first cell."""
    row = Row.at(Place("a.csv", "", 9, 9), cells)
    return Valid(row, {"name": cells[0].strip(), "slug": "x"})


@pytest.mark.parametrize(
    "cells",
    [
        ("Total", "12"),
        ("TOTAL:", "", "1,250.50"),
        ("Summe", "1.234,50 €", "", "17"),
        ("= Total =", "$1,250"),
        ("Totale", "€ 12", "-3", "45 %"),
        ("Gesamt", "1\u202f234,5", "CHF 1'200", "(12)"),
        ("Итого", "12 EUR"),
        ("合计\uff1a", "12"),
        ("Grand Total", "+4"),
        *((word, "12") for word in ("合計", "総計", "小計", "總計", "합계", "총계")),
    ],
)
def test_a_line_of_totals_looks_like_one(cells: tuple[str, ...]) -> None:
    """Whatever the language, the currency and what groups the digits."""
    assert totals.looks_like(valid(*cells))


#: What spreadsheets call the line in each language, as people write it.
WORDS = {
    "English": "Total, Totals, Grand Total, Subtotal, Sum, Sums, Overall",
    "German": "Summe, Summen, Gesamt, Gesamtsumme, Insgesamt, Zwischensumme",
    "French": "Total général, Somme",
    "Portuguese": "Total Geral, Soma",
    "Spanish": "Suma, Total general",
    "Italian": "Totale, Totale generale, Somma",
    "Dutch": "Totaal, Totaal generaal, Som",
    "Polish": "Razem, Łącznie",
    "Czech, Slovak, Hungarian": "Celkem, Spolu, Összesen",
    "Croatian, Slovene": "Ukupno, Skupaj",
    "Swedish, Norwegian, Danish, Finnish": "Summa, Totalt, I alt, Yhteensä",
    "Estonian, Latvian, Lithuanian": "Kokku, Kopā, Iš viso",
    "Turkish, Greek": "Toplam, Genel Toplam, Σύνολο",
    "Russian, Ukrainian, Bulgarian": "Итого, всего, Сумма, Разом, Усього, Общо",
    "Hebrew, Arabic": "סה״כ, المجموع, الإجمالي",
    "Chinese, Japanese": "合计, 总计, 小计, 合計, 総計, 小計, 總計",
    "Korean, Thai, Vietnamese": "합계, 총계, รวม, Tổng, Tổng cộng",
}


@pytest.mark.parametrize("language", WORDS)
def test_totals_are_known_by_their_names_in_each_language(language: str) -> None:
    """As they are written there, and in capitals."""
    names = WORDS[language].split(", ")
    unknown = [
        name
        for name in (*names, *map(str.upper, names))
        if not totals.looks_like(valid(f"{name}:", "12"))
    ]
    assert unknown == []


@pytest.mark.parametrize(
    "cells",
    [
        ("Total", ""),
        ("Totally Black", "12"),
        ("Total", "12", "manual"),
        ("Total", "12", "https://example.com/1.png"),
        ("Total", "12", "655b33a82209e60b6adb87a5"),
        ("Total", "12", "total-2"),
        ("Shoes", "12"),
    ],
)
def test_what_says_more_than_numbers_is_a_collection(cells: tuple[str, ...]) -> None:
    """A name alone is none either: a list of names has no totals."""
    assert not totals.looks_like(valid(*cells))


def test_a_row_with_a_problem_is_told_for_that() -> None:
    """It is not sent, so nobody has to be warned."""
    row = valid("Total", "12").row
    assert not totals.looks_like(Invalid(row, ()))
    assert not totals.looks_like((1, ["Total", "12"], {}))  # with an id of its own


def test_the_remark_stands_before_the_others() -> None:
    """The report's code is that of the first."""
    (remark,) = totals.remarked(valid("Total", "12"), NOWHERE).remarks
    assert remark.code is Code.TOTALS_ROW
    assert "called Total" in remark.message
    assert remark.remedy
    twice = totals.remarked(totals.remarked(valid("Total", "12"), NOWHERE), NOWHERE)
    assert twice.remarks == (remark, remark)
