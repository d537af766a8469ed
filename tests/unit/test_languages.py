"""Other languages: complete, with every placeholder, and nothing left in English."""

from __future__ import annotations

import importlib.util
import pickle
import re
import string
import sys
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import test_sentences as said
from click.testing import CliRunner

from importer import codebook, sentences, settings
from importer.cli.commands.explain import explain
from importer.models import BETWEEN, Code, Place, Problem, ReportLine, Status
from importer.report import code_phrase, retold, status_phrase
from importer.sentences import ENGLISH, Phrase, english, named, reading
from importer.sentences.formats import Style
from importer.sentences.language import CODES, Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

OTHERS = CODES[1:]
ROOT = Path(__file__).parents[2]
TEXTS = {text for pair in english.CATALOGUE.sentences.values() for text in pair}


def made() -> Any:
    """What `make languages` is made by."""
    path = ROOT / "tests" / "documents" / "languages.py"
    found = importlib.util.spec_from_file_location("languages_made", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module  # its dataclass looks for it there
    found.loader.exec_module(module)
    return module


MADE = made()


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those of a test."""
    for name in ("HIGHLEVEL_LOCATION_ID", "IMPORTER_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Problem | Phrase]:
    """All that a check and a plan can tell."""
    put_together = [Phrase(key, given) for key, given in said.PUT_TOGETHER.items()]
    folder = tmp_path_factory.mktemp("told")
    return [*said.of_cells(folder), *said.of_plan(), *put_together]


def catalog(code: str) -> Catalog:
    """The entries of a language, as they are written."""
    found: Catalog = MADE.read(MADE.FOLDER / code / "LC_MESSAGES" / "importer.po")
    return found


def entries(code: str) -> dict[str, str]:
    """The texts of a language by the English ones."""
    return {
        message.id: str(message.string)
        for message in catalog(code)
        if isinstance(message.id, str) and message.id
    }


def places(template: str) -> set[tuple[str, str, str | None]]:
    """What a template fills in: the parameter and its format."""
    found = set()
    for _, name, spec, conversion in string.Formatter().parse(template):
        kind = (spec or "").partition(":")[0]
        # with a number in front a language may bend what stands behind it as well
        if name is not None and kind != "plural":
            found.add((name, kind, conversion))
    return found


# complete


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_of_the_code_is_translated_and_no_other(code: str) -> None:
    """Run `make languages`, then translate what is blank, where this fails."""
    there = entries(code)
    needed = [text.text for text in MADE.texts()]
    assert sorted(set(needed) - there.keys()) == []
    assert sorted(there.keys() - set(needed)) == []
    assert [text for text in needed if not there[text]] == []
    assert [message.id for message in catalog(code) if message.fuzzy] == [""] * 0


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_read_is_what_is_written(code: str) -> None:
    """The `.mo` is the `.po`: it is in the wheel, and nothing compiles it there."""
    path = MADE.FOLDER / code / "LC_MESSAGES" / "importer.mo"
    with path.open("rb") as stream:
        read = GNUTranslations(stream)
    assert {text: read.gettext(text) for text in entries(code)} == entries(code)


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_fills_in_what_the_english_text_does(code: str) -> None:
    """A parameter that is lost says less; one that nobody gives ends a check."""
    wrong = {
        text: translation
        for text, translation in entries(code).items()
        if text in TEXTS and places(text) != places(translation)
    }
    assert wrong == {}


#: What is typed, and has to be typed so in every language.
TYPED = re.compile(
    r"--[a-z][a-z-]+|\bimporter (?:resume|run|plan|check|audit|settle|explain|runs|"
    r"template|locations|pause|config)\b|\b[0-9a-f]{24}\b|\b[a-z]+_[a-z_]+\b|\bHTTP\b"
)


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_typed_is_the_same_in_every_language(code: str) -> None:
    """Flags, commands, columns and ids."""
    wrong = {
        text: translation
        for text, translation in entries(code).items()
        if set(TYPED.findall(text)) - set(TYPED.findall(translation))
    }
    assert wrong == {}


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_as_many_forms_as_it_counts_with(code: str) -> None:
    """Where a word goes with a number."""
    forms = catalog(code).num_plurals
    for translation in entries(code).values():
        for _, name, spec, _ in string.Formatter().parse(
            translation if translation in TEXTS or ":" in translation else ""
        ):
            kind, _, words = (spec or "").partition(":")
            if name is not None and kind in {"plural", "counted"}:
                assert len(words.split("|")) == forms, translation


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", Code)
def test_every_code_is_explained_in_every_language(code: str, name: Code) -> None:
    """Phrase, cause and way out, and its short words on the screen."""
    english_one = codebook.ALL[name.value]
    other = codebook.in_language(english_one, named(code))
    assert other.name == english_one.name
    assert other.cells == english_one.cells
    assert other.phrase != english_one.phrase
    assert other.cause != english_one.cause
    assert other.way_out != english_one.way_out
    assert code_phrase(name.value, named(code)) == other.phrase


@pytest.mark.parametrize("code", OTHERS)
def test_every_status_has_its_words(code: str) -> None:
    """As they stand in the sums of a run."""
    for status in Status:
        assert status_phrase(status, named(code)) != status_phrase(status)


def test_an_answer_that_is_documented_for_nothing_is_explained_too() -> None:
    """Its number stands in the text."""
    found = codebook.find("api_418")
    assert found is not None
    german = codebook.in_language(found, named("de"))
    assert german.phrase == "HighLevel hat die Zeile abgelehnt (418)"
    assert german.example == "418"
    assert codebook.in_language(found, ENGLISH) == found


# right


@pytest.mark.parametrize(
    ("code", "count", "words"),
    [
        ("en", 1, "1 collection can be sent."),
        ("en", 1250, "1,250 collections can be sent."),
        ("de", 0, "0 Kollektionen können gesendet werden."),
        ("de", 1, "1 Kollektion kann gesendet werden."),
        ("de", 1250, "1.250 Kollektionen können gesendet werden."),
        ("es", 1, "1 colección se puede enviar."),
        ("es", 1250, "1250 colecciones se pueden enviar."),
        ("es", 12500, "12.500 colecciones se pueden enviar."),
    ],
)
def test_numbers_and_plurals_are_those_of_the_language(
    code: str, count: int, words: str
) -> None:
    """Spanish sets no point before five digits."""
    assert named(code).text("screen/can_be_sent", count=count) == words


def test_texts_are_quoted_as_the_language_does() -> None:
    """Also those that English shows as Python does."""
    given = {"made": "a\tb", "name": "a"}
    assert sentences.text("name_rewritten", **given).endswith("'a\\tb' of 'a'.")
    german = named("de").text("name_rewritten", **given)
    assert german == r"HighLevel hat aus „a“ den Namen „a\tb“ gemacht."
    assert "«a»" in named("es").text("name_rewritten", **given)


@pytest.mark.parametrize(
    ("code", "minutes", "words"),
    [("de", 0, "vor weniger als einer Minute"), ("de", 5, "vor 5 Minuten")],
)
def test_a_time_is_bent_as_its_sentence_needs(
    code: str, minutes: int, words: str
) -> None:
    """What formats write is translated, too."""
    assert words in named(code).text("recently_created", run="r", minutes=minutes)


def test_a_language_with_three_forms_counts_with_them() -> None:
    """Their number and whose is which stands in the file of the language."""

    class Polish(NullTranslations):
        def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002
            few = n % 10 in {2, 3, 4} and n % 100 not in {12, 13, 14}
            return "0" if n == 1 else "1" if few else "2"

        def gettext(self, message: str) -> str:
            words = "{count:counted:wiersz|wiersze|wierszy}"
            return words if "row|rows}" in message else message

    polish = Language("pl", Polish(), Style(" "))
    rows = [polish.text("screen/rows", count=count) for count in (1, 3, 5, 22, 1250)]
    assert rows == ["1 wiersz", "3 wiersze", "5 wierszy", "22 wiersze", "1 250 wierszy"]


def test_several_languages_are_spoken_at_once() -> None:
    """A language is a value, and none is that of the process."""
    problem = Problem(Code.NAME_MISSING, column="Bezeichnung")
    told = [problem.message_in(named(code)) for code in (*CODES, *CODES)]
    assert told[:3] == told[3:]
    assert len(set(told)) == len(CODES)
    assert str(problem) == problem.said_in(ENGLISH)
    for code in CODES:
        assert pickle.loads(pickle.dumps(named(code))) is named(code)  # noqa: S301
        assert code in repr(named(code))


def test_there_is_no_other_language() -> None:
    """Nothing is guessed."""
    with pytest.raises(KeyError):
        named("fr")


def test_english_stays_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A job's report must not change with the machine that it runs on."""
    for name in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.setenv(name, "de_DE.UTF-8")
    assert settings.load({}).language is ENGLISH
    assert settings.load({}).language_asked is None
    assert settings.load({"language": "de"}).language is named("de")


# the file's own header


@pytest.mark.parametrize(
    ("header", "code", "words"),
    [
        ("slug", "en", "A slug has lower-case"),
        ("Slug", "en", "A slug has lower-case"),
        ("", "en", "A slug has lower-case"),
        ("Handle", "en", '"Handle" has lower-case'),
        ("Handle", "de", "„Handle“ darf nur Kleinbuchstaben"),
        ("slug", "de", "Ein Slug darf nur Kleinbuchstaben"),
        ("Dirección", "es", "«Dirección» solo admite minúsculas"),
    ],
)
def test_a_sentence_names_the_column_as_the_file_does(
    header: str, code: str, words: str
) -> None:
    """Who has no column called slug is not told of one."""
    problem = Problem(Code.SLUG_INVALID, {"proposal": "a"}, column=header)
    assert problem.message_in(named(code)).startswith(words)


# nothing left in English


class Strange(NullTranslations):
    """A language that writes every letter in another way."""

    def gettext(self, message: str) -> str:
        try:
            parts = list(string.Formatter().parse(message))
        except ValueError:
            return strange(message)
        names = [name for _, name, _, _ in parts if name is not None]
        if not all(name.isidentifier() for name in names):
            return strange(message)  # braces of an example
        return "".join(map(self._part, *zip(*parts, strict=True)))

    @staticmethod
    def _part(
        text: str, name: str | None, spec: str | None, conversion: str | None
    ) -> str:
        text = strange(text).replace("{", "{{").replace("}", "}}")
        if name is None:
            return text
        kind, colon, words = (spec or "").partition(":")
        spec = kind + colon + (strange(words) if kind != "more" else words)
        behind = f"!{conversion}" if conversion else f":{spec}" if spec else ""
        return f"{text}{{{name}{behind}}}"


def strange(text: str) -> str:
    """Write a text in wide letters."""
    return re.sub("[A-Za-z]", lambda found: chr(ord(found[0]) + 0xFEE0), text)


STRANGE = Language("xx", Strange(), Style())


def words(text: str) -> set[str]:
    """The words of a text that are written in ordinary letters."""
    return set(re.findall("[A-Za-z]{2,}", text))


def given(value: object) -> Iterator[str]:
    """The texts among parameters: words of others."""
    if isinstance(value, Phrase):
        yield from given(value.parameters)
    elif isinstance(value, dict):
        for item in value.values():
            yield from given(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from given(item)
    else:
        yield str(value)


def test_no_problem_and_no_remark_is_told_in_english(
    told: list[Problem | Phrase],
) -> None:
    """A text that is put together outside the catalogue would show here."""
    for one in told:
        if isinstance(one, Phrase):
            text, column = STRANGE.text(one), ""
        else:
            text, column = one.said_in(STRANGE), one.column
        ours = set().union(*map(words, [*given(one.parameters), column]))
        # what an escaped sign is written with
        assert words(text) - ours <= {"ud"}, text


def test_nothing_of_an_explanation_is_told_in_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of codes and columns the names stay, and what stands in cells."""
    monkeypatch.setattr(sentences, "named", lambda _: STRANGE)
    for one in codebook.ALL.values():
        cells = [*one.cells, *one.instead]
        kept = [one.name, *(word for pair in cells for word in pair)]
        printed = CliRunner().invoke(explain, [one.name, "--language", "de"]).output
        assert words(printed) <= set().union(*map(words, kept)), one.name
    listed = CliRunner().invoke(explain, ["--language", "de"]).output
    names = set().union(*map(words, codebook.ALL))
    assert words(listed) <= names
    unknown = CliRunner().invoke(explain, ["slug_invalids", "--language", "de"]).output
    assert words(unknown.partition("\n\n")[0].splitlines()[1]) <= {"slug", "invalid"}


# what is in a journal


@pytest.mark.parametrize("code", OTHERS)
def test_what_was_told_in_english_is_told_again_in_another_language(
    code: str, told: list[Problem | Phrase]
) -> None:
    """As if it had been told so at once; a part alone stays as it is."""
    language = named(code)
    wrong = []
    for one in told:
        if isinstance(one, Phrase):
            if one.key.startswith(("part/", "screen/")):
                continue
            before, wanted = sentences.text(one), language.text(one)
        else:
            before, wanted = str(one), one.said_in(language)
        # what is left of a set of characters is counted, where it was not said
        if reading.retold(before, language) != wanted:
            wrong.append((before, reading.retold(before, language), wanted))
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HTTP 500: The server is on fire.",
        "Handle: something that this program does not say",
        "Not quite a sentence: is it",
    ],
)
def test_words_of_others_stay_as_they_are(text: str) -> None:
    """HighLevel's, and those of errors."""
    assert reading.retold(text, named("de")) == text
    assert reading.retold(text, ENGLISH) is text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "The API refused the row: property type should not exist. Really.",
            "Die API hat die Zeile abgelehnt: property type should not exist. Really.",
        ),
        ("Not sent: The disk is full.", "Nicht gesendet: The disk is full."),
        (
            "Hats: Not sent. Then delete row_too_long at the end of this line.",
            "Hats: Nicht gesendet. Löschen Sie dann row_too_long am Ende dieser Zeile.",
        ),
        (
            "Changes name from 'A, B' to 'C', product_ids (1 added, 0 removed).",
            "Ändert name von „A, B“ zu „C“, product_ids (1 hinzugefügt, 0 entfernt).",
        ),
    ],
)
def test_what_others_say_is_told_within_our_words(text: str, words: str) -> None:
    """And sentences that were put behind each other are told one by one."""
    assert reading.retold(text, named("de")) == words


def test_lines_are_told_problem_by_problem() -> None:
    """One that is in English is handed on as it is."""
    place = Place("a.csv", "", 2, 2)
    text = BETWEEN.join(["name: The collection has no name.", "HTTP 500"])
    line = ReportLine(place, "L", "A", "a", Status.INVALID, message=text)
    (german,) = retold.lines([line], named("de"))
    assert german.message == "name: Der Kollektion fehlt die Angabe Name. | HTTP 500"
    (same,) = retold.lines([line], ENGLISH)
    assert same is line
    assert place.said_in(named("de")) == "a.csv, Zeile 2"
    assert Place("a.xlsx", "S", 2, 4).said_in(named("es")) == (
        "a.xlsx, hoja S, filas 2 a 4"
    )
