"""What a text was saved in: the right letters, or both readings and no guess."""

# ruff: noqa: RUF001 - letters of many alphabets look alike

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer import source
from importer.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, encoding: str = "") -> tuple[list[str], tuple[str, ...]]:
    """The cells of the first column, and the notes."""
    (table,) = source.read(path, source.Options(encoding=encoding))
    return [row.cells[0] for row in table.rows], table.notes


def saved(folder: Path, names: str, encoding: str) -> Path:
    path = folder / "shop.csv"
    rows = "".join(f"{name},slug\n" for name in names.split(";"))
    path.write_bytes(f"name,slug\n{rows}".encode(encoding))
    return path


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path)
    return caught.value


#: Read as cp1251, cp1250 or cp1252 they would have the letters of another alphabet.
SHOPS = [
    ("cp1253", "Άνδρες;Παιδικά ρούχα"),
    ("cp1255", "נעלי נשים;תיקים"),
    ("koi8_r", "Сухой корм;Игрушки"),
    ("koi8_u", "Жіночий одяг;Їжа та ґудзики"),
    ("cp1254", "Kadın;Erkek çocuk;Ayakkabı"),
    ("cp1257", "Bērniem"),
    ("cp1257", "Moterims;Žaislai;Šventės"),
    ("cp1256", "أحذية نسائية;حقائب يد"),
    ("cp874", "รองเท้า;เสื้อผ้าเด็ก"),
    ("cp1251", "Обувь;Женская одежда"),
    ("cp1251", "ОБУВЬ;ЖЕНСКАЯ ОДЕЖДА"),
    ("cp866", "Обувь;Одежда;Сумки"),
    ("iso8859-5", "Обувь;Женская одежда"),
    ("mac_cyrillic", "Обувь;Женская одежда"),
    ("cp1250", "Żółte buty;Książki"),
    ("cp1250", "Dámské oblečení;Příslušenství"),
    ("cp1250", "Női ruhák;Cipők;Hűtő"),
    ("iso8859-2", "Książki;Odzież męska"),
    ("cp852", "Książki;Odzież męska;Żółte"),
    ("cp437", "Größe;Möbel;Küche"),
    ("cp850", "Größe;Möbel;Küche;Süßes"),
    ("mac_roman", "Größe;Möbel;Küche;Süßes"),
    ("cp737", "Παιδικά ρούχα;Παπούτσια"),
    ("cp862", "נעלי נשים;תיקים"),
    ("shift_jis", "レディースファッション;おもちゃ"),
    ("euc_jp", "レディースファッション;おもちゃ"),
    ("gb18030", "厨房用品;新品上市;连衣裙"),
    ("big5", "廚房用品;新品上市;連衣裙"),
    ("euc_kr", "여성의류;장난감;주방용품"),
    ("cp1252", "Men’s;Women’s;“New” €5"),
    ("cp1252", "Home – Garden;From €10"),
    ("cp1252", "Brand™;Below 20 °C"),
]


@pytest.mark.parametrize(("encoding", "names"), SHOPS)
def test_letters_of_every_alphabet_are_read_and_the_guess_is_told(
    tmp_path: Path, encoding: str, names: str
) -> None:
    """A few words are enough, in the code pages of Windows, Unix, DOS and Macintosh."""
    found, notes = read(saved(tmp_path, names, encoding))
    assert found == names.split(";")
    assert "the encoding is a guess: " in notes[0]


#: What shops call their shelves, three words with accents a file.
WESTERN = [
    *("Größe;Möbel;Küche", "Bücher;Hüte;Süßes", "Mäntel;Röcke;Gürtel"),
    *("Getränke;Gemüse;Öl", "Vêtements;Bébé;Été", "Café;Thé;Crème"),
    *("Décoration;Fêtes;Noël", "Épicerie;Pâtisserie;Santé", "Niños;Jardín;Bebés"),
    *("Baño;Música;Cumpleaños", "Lámparas;Cojín;Algodón", "Città;Novità;Qualità"),
    *("Caffè;Tè;Perché", "Bontà;Specialità;Comodità", "Coleção;Promoção;Verão"),
    *("Calções;Bebê;Decoração", "Crianças;Calçados;Saúde", "Eletrônicos;Tênis;Pães"),
    *("Ideeën;Café;Hygiëne", "Coördinatie;Crème;Categorieën"),
]


@pytest.mark.parametrize("names", WESTERN)
def test_three_western_words_are_read_unasked(tmp_path: Path, names: str) -> None:
    """German, French, Spanish, Italian, Portuguese and Dutch in cp1252."""
    assert read(saved(tmp_path, names, "cp1252"))[0] == names.split(";")


@pytest.mark.parametrize(
    ("names", "encoding", "other"),
    [
        ("Kadın", "cp1254", "Kadýn"),
        ("Ragù", "cp1252", "Ragů"),
        ("Cipők", "cp1250", "Cipõk"),
        ("дом", "koi8_r", "ΔΟΝ"),
    ],
)
def test_where_two_readings_are_as_good_both_are_shown(
    tmp_path: Path, names: str, encoding: str, other: str
) -> None:
    """With the flag that chooses; named, it is read."""
    path = saved(tmp_path, names, encoding)
    message = str(refused(path))
    assert names.split(";", maxsplit=1)[0] in message
    assert other in message
    assert "row 2" in message
    assert refused(path).remedy.count("--encoding") >= 2
    assert read(path, encoding)[0] == names.split(";")


def test_json_lines_show_both_readings_too(tmp_path: Path) -> None:
    """The same words in objects, one a line."""
    path = tmp_path / "shop.jsonl"
    path.write_bytes('{"name": "Kadın"}\n'.encode("cp1254"))
    message = str(refused(path))
    assert "Kadın" in message
    assert "Kadýn" in message


GOOD = "name,slug\n" + "Größe,a\nKüche,b\nBücher,c\n" * 300


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (GOOD.encode() + b"M\xf6bel,d\n", 902),
        (b"name,slug\nM\xf6bel,d\n" + GOOD.encode(), 2),
        ("name,slug\nÖl,a\n".encode() + b"M\xf6bel,d\n", 3),
        # far behind the words that are looked at
        (
            "".join(f"Möbel{n},d\n" for n in range(900)).encode("cp1252")
            + "Küche,d\n".encode(),
            1,
        ),
        (("name\n" + "ö" * 300_000).encode() + b" \xff\n", 2),
    ],
)
def test_text_that_is_utf_8_in_part_is_never_guessed(
    tmp_path: Path, content: bytes, row: int
) -> None:
    """One broken letter, or files of two encodings that were joined."""
    path = tmp_path / "shop.csv"
    path.write_bytes(content)
    message = str(refused(path))
    assert f"row {row} holds a character that is not UTF-8" in message


def test_words_far_down_decide_too(tmp_path: Path) -> None:
    """A letter that fits every page comes first, and what tells after megabytes."""
    path = tmp_path / "shop.csv"
    plain = "x,y\n" * 500_000
    text = f"name,slug\nÜrün,u\n{plain}Ayakkabı,a\nGömleği ışık,g\n"
    path.write_bytes(text.encode("cp1254"))
    found, notes = read(path)
    assert (found[0], found[-2], found[-1]) == ("Ürün", "Ayakkabı", "Gömleği ışık")
    assert "cp1254" in notes[0]


def test_a_byte_that_only_one_page_has_is_seen_behind_many_words(
    tmp_path: Path,
) -> None:
    """The words that are kept hold every byte of the text."""
    names = [f"Größe{n}" for n in range(900)] + ["“Süß” – 5 €"]
    found, notes = read(saved(tmp_path, ";".join(names), "cp1252"))
    assert found == names
    assert "cp1252" in notes[0]


@pytest.mark.parametrize("header", ["name", "название", "名称"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_mark(tmp_path: Path, header: str, encoding: str) -> None:
    """Nor a header that is ASCII: separators and line ends tell."""
    path = tmp_path / "shop.csv"
    path.write_bytes(f"{header},slug\nСумки,a\n鞋子,b\n".encode(encoding))
    assert read(path) == (["Сумки", "鞋子"], ())


def test_japanese_mail_is_read_by_its_escapes(tmp_path: Path) -> None:
    """They are ASCII, and would be sent as such."""
    assert read(saved(tmp_path, "靴;おもちゃ", "iso2022_jp")) == (
        ["靴", "おもちゃ"],
        (),
    )


@pytest.mark.parametrize("names", ["Hüte;Schürzen", "Шапки и шарфы;1+1"])
def test_old_mail_is_read_by_its_signs(tmp_path: Path, names: str) -> None:
    """H+APw-te is ASCII, and was sent as such."""
    found, notes = read(saved(tmp_path, names, "utf-7"))
    assert found == names.split(";")
    assert "utf-7 (old mail)" in notes[0]


def test_a_plus_makes_no_old_mail(tmp_path: Path) -> None:
    """Of words, numbers and codes that are base64 by chance."""
    names = "x=1+1mk5100z;A+12345678;A+XjJbUA-;X+ABC-D;A+60M-B;+BIG-1;"
    names += "Set +Mixing-bowl;+AAA-;+49-30-123;A+B;C++"
    assert read(saved(tmp_path, names, "ascii")) == (names.split(";"), ())


@pytest.mark.parametrize(
    "content",
    [
        b"\xed\xa0\xbd\xed\xb8\x80",  # a letter in two halves, as Java writes it
        bytes(range(0x80, 0x100)),
        b" ".join(bytes((a, 0x100 - a // 2, a ^ 0x55)) for a in range(0x80, 0x100, 3)),
    ],
)
def test_what_makes_no_sense_in_any_page_is_not_guessed(
    tmp_path: Path, content: bytes
) -> None:
    """All bytes in turn, and noise."""
    path = tmp_path / "shop.csv"
    path.write_bytes(b"name,slug\n" + content + b",a\n")
    assert "not UTF-8" in str(refused(path))


#: As many bytes as are looked at together, in rows that end as Windows has it.
BLOCK = 1 << 17


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"name,slug\r\nHats,a\r\nMugs,b\r\n", ["Hats", "Mugs"]),
        (b"name,slug\nHats,a\nMugs,b", ["Hats", "Mugs"]),
        (b"name,slug\rHats,a\rMugs,b\r", ["Hats", "Mugs"]),
        (b"name,slug\r\nHats,a\rMugs,b\r\n", ["Hats", "Mugs"]),
        (b"name,slug\nHats,a\r\r\nMugs,b\n\r", ["Hats", "Mugs"]),
        (b'name,slug\r\n"Hats\r",a\r\nMugs,b\r\n', ["Hats\r", "Mugs"]),
        (b"name,slug\r\n" + b"Hats,".ljust(BLOCK - 12, b"a") + b"\r\n", ["Hats"]),
        (
            b"name,slug\r\n" + b"Hats,".ljust(BLOCK - 12, b"a") + b"\rMugs,b\r\n",
            ["Hats", "Mugs"],
        ),
    ],
)
def test_a_line_ends_in_a_line_feed_a_carriage_return_or_both(
    tmp_path: Path, content: bytes, names: list[str]
) -> None:
    """Whatever the others end in, and where two blocks of bytes meet, too."""
    path = tmp_path / "shop.csv"
    path.write_bytes(content)
    assert read(path)[0] == names
