"""Letters that were decoded wrongly before the file was written are told."""

# ruff: noqa: RUF001 - letters of many alphabets look alike

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer import settings
from importer.double_encoding import undone
from importer.intake.check import CheckResult, check_inputs
from importer.intake.fix import fix
from importer.repair.cells import repair
from importer.validation import Options, plainly

GOOD = {
    "location_id": "Z4Bxl8J4SaPEPLq9IQ8g",
    "name": "Best Sellers",
    "slug": "best-sellers",
    "type": "manual",
    "product_ids": "655b33a82209e60b6adb87a5",
    "image": "https://cdn.example.com/a.png",
    "seo_title": "Best",
    "seo_description": "Best",
    "rules": "",
}
RULES = '{"logic": "AND", "conditions": [{"field": "title", "value": "%s"}]}'
#: Words of many languages, with signs that stand behind capitals now and then.
WORDS = """
Größe für Männer Süßes Äpfel Öl ÜBER STRASSE „Schöne Dinge“ Spaß™ „Süß“ Weiß® Fußball’s
Crème brûlée Été À LA CARTE DÉJÀ VU CAFÉ™ CAFÉ® CAFÉ… L’ÉTÉ Pâté…» «Pâté» œuvre Ã Œufs
Pão PÃO SÃO PAULO MAÇÃ® IRMÃ” “AVELÃ” AÇÃO… João coração ÇA Ç’A Ê… IRMÃ SÓ AMANHÃ.
Niño AÑO “Ñ” ¿Qué? ¡Olé! ESPAÑA® N.º 1ª CORAZÓN… CAFÉ’S Città PERCHÉ… CAFFÈ™ UNITÀ®
België één coördinatie Smörgåsbord Å ”Å” «Å» Å® ÅÄÖ BLÅ™ BLÅ… Ærø «Ærø» Þór Ísland æði
Mäng šokolaad žanr Łódź Żółć GĘŚLĄ Jaźń „Żółć” ŻÓŁĆ™ Śliwka ÓŚ Příliš KŮŇ VÝŠKA PÝŠ
MÍŠA LÍŠKA TÝŽ VÝŽIVA ÚŽASNÝ Ľúbim DÁŽDNIK MÝŽ KÔŠ Kôš Čaša Žena ĆUP Árvíztűrő ÖÜÓ Ő…
ȘCOALĂ™ CĂ… CĂ“ „CĂ“ ÎNVĂȚĂ… Çanta ŞİŞ ğ İstanbul ÇİÇEK® Ö’nün Ģirt Žūžot Šķērs ŠŪKIS
Привет Рёбра Сёмга Рёв СССР™ РЁВ «Р» «С» Гёте Съёмка СЁСТРЫ Квіти Сільпо Рівне Гірка
РІЗ РІ Ґанок ГАЇ Љубав Ђак Рђ Ћевапи Ђура Ѓавол Ѕвезда Ръка Γιαγιά Γ’ «Γάλα» שלום 2×½
“×” مرحبا پارسی چای नमस्ते สวัสดี ქართული 日本語 カタカナ ｶﾀｶﾅ 한국어 Tiếng Việt ĐỒ GỐM
Ấm LÂ… ÂU CƠ CÔ… ½” 25°C m² ™ © € – √2 ├ ½×¾ Ø60 Ø° ÂÃÄÅ ÇÇ® ÈÉ™ Ü–Ö É–È „Ä“ „Ö“ ”Ä”
ÀÉÎÕÜ Ċ Ġ Żebbuġ Ó³ Õ°
"""
#: What was read twice, and what it was.
TWICE = {
    "CafÃ©": "Café",
    "GrÃ¼ÃŸe": "Grüße",
    "menâ€™s": "men’s",
    "â€œBestâ€\x9d": "“Best”",
    "NIKEÂ® socks": "NIKE® socks",
    "CafÃƒÂ©": "Café",
    "Ã–l & Ã„pfel": "Öl & Äpfel",
    "Ã€ la carte": "À la carte",
    "CÃ”TE": "CÔTE",
    "voilÃ\u00a0": "voilà",
    "citÃ\u00a0 nuova": "cità nuova",
    "voilÃ": "voilà",
    "cittÃ nuova": "città nuova",
    "Ökologie im CafÃ©": "Ökologie im Café",
    "RomâneÈ™te": "Românește",
    "Ð¿Ñ€Ð¸Ð²ÐµÑ‚": "привет",
    "РџСЂРёРІРµС‚": "Привет",
    "menвЂ™s": "men’s",
    "CafГ©": "Café",
    "CafĂ©": "Café",
    "æ—¥æœ¬èªž": "日本語",
    "í•œêµ\xadì–´": "한국어",
    "ðŸ˜€ fun": "😀 fun",
    "Caf√©": "Café",
    "Caf├®": "Café",
}


@pytest.fixture(autouse=True)
def _nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(**row: str) -> CheckResult:
    with Path("shop.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, GOOD)
        writer.writeheader()
        writer.writerow(GOOD | row)
    return check_inputs(("shop.csv",), settings.load({}))


@pytest.mark.parametrize("word", WORDS.split())
def test_words_of_many_languages_are_left(word: str) -> None:
    """A capital with an accent in front of ™ or ” is no letter taken apart."""
    assert undone(word) == word


@pytest.mark.parametrize("line", WORDS.strip().splitlines())
def test_texts_of_many_languages_are_left(line: str) -> None:
    """Nor are several of them."""
    assert undone(line) == line


@pytest.mark.parametrize(("text", "before"), TWICE.items())
def test_a_text_that_was_read_in_another_encoding_is_taken_back(
    text: str, before: str
) -> None:
    """Also where the rest of it was not."""
    assert undone(text) == before
    assert undone(before) == before


@pytest.mark.parametrize("field", ["name", "seo_title", "seo_description"])
@pytest.mark.parametrize("text", ["CafÃ©", "voilÃ", "menâ€™s", "РџСЂРёРІРµС‚"])
def test_a_text_that_was_read_in_another_encoding_is_told_and_fixed(
    field: str, text: str
) -> None:
    """It is sent letter by letter; `--fix` writes what it was."""
    result = check(**{field: text})

    assert plainly(Options(), GOOD)(GOOD | {"rules": "", field: text}) is None
    assert result.remarks == {"letters_wrong": 1}
    (remarked,) = result.remarked_rows()
    assert (remarked["variant"], remarked["value"]) == ("twice", text)
    assert remarked["parameters"]["plain"] == TWICE[text]
    assert repair(field, text) == ("plain_text", TWICE[text])
    _, afterwards = fix(["shop.csv"], settings.load({}), Path("c.csv"), force=True)
    assert check_inputs(("c.csv",), afterwards).remarks == {}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("image", "https://x.example/CafÃ©.png"),
        ("rules", RULES % "CafÃ©"),
        ("image", "https://x.example/Caf\ufffd.png"),
        ("rules", RULES % "Caf\ufffd"),
    ],
)
def test_an_address_and_rules_with_such_letters_are_told(field: str, text: str) -> None:
    """They lead nowhere, or find nothing, and stay as they are."""
    smart = {"type": "smart", "product_ids": ""} if field == "rules" else {}
    result = check(**smart, **{field: text})

    assert result.remarks == {"letters_wrong": 1}
    assert repair(field, text) is None


def test_rules_with_accents_are_plain() -> None:
    """They cost no second look."""
    smart = {"type": "smart", "rules": RULES % "Café"}
    fields = {name: cell for name, cell in GOOD.items() if name != "product_ids"}
    assert plainly(Options(), GOOD)(fields | smart)
    assert check(product_ids="", **smart).remarks == {}


@pytest.mark.parametrize(
    "text", ["Caf\ufffd", "\ufffd\ufffd", "Cafï¿½", "CafÃ© \ufffd"]
)
@pytest.mark.parametrize("field", ["name", "seo_title", "seo_description"])
def test_letters_that_are_lost_are_told(field: str, text: str) -> None:
    """Whatever the sign stood for, it is for a person to say."""
    result = check(**{field: text})

    assert plainly(Options(), GOOD)(GOOD | {"rules": "", field: text}) is None
    assert result.remarks == {"letters_wrong": 1}
    assert "lost" in {told["variant"] for told in result.remarked_rows()}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
@example("é\u0301Ã")
def test_what_is_taken_back_once_stays_so(text: str) -> None:
    """No text makes it fail, and none is changed twice."""
    assert undone(undone(text)) == undone(text)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12))
def test_a_plain_text_is_one_of_which_nothing_is_told(text: str) -> None:
    """The pattern of plain texts lets none through that would be taken back."""
    fields = {name: cell for name, cell in GOOD.items() if cell}
    if plainly(Options(), GOOD)(fields | {"seo_title": text.strip() or "A"}):
        assert undone(text.strip()) == text.strip()
        assert "\ufffd" not in text.strip()
