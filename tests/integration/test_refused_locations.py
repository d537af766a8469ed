"""Locations that refuse: what a plan, a run, an audit and an undo say of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from refusing import Api, serving

import importer
from importer import settings
from importer.cli import plan_view
from importer.destination import answers
from importer.doctor import verdicts
from importer.models import Barred
from importer.runs import folders, look_back
from importer.runs.session import Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from refusing import Refusal

    from importer.api.results import PlanResult

BERLIN, WIEN = "Z4Bxl8J4SaPEPLq9IQ8g", "6578278e879ad2646715ba9c"
IAM = "This route is not yet supported by the IAM Service. Please update it."
JWT: Refusal = (401, "Invalid JWT")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with two locations, each with a variable of its own for its token."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TOKEN_BERLIN", "pit-berlin-0123456789")
    monkeypatch.setenv("TOKEN_WIEN", "pit-wien-0123456789")
    Path("locations.toml").write_text(
        f'[[locations]]\nid = "{BERLIN}"\nname = "Berlin"\ntoken_env = "TOKEN_BERLIN"\n'
        f'[[locations]]\nid = "{WIEN}"\nname = "Wien"\ntoken_env = "TOKEN_WIEN"\n',
        "utf-8",
    )
    rows = [
        f"{location},Name {number},slug-{number}\n"
        for location in (BERLIN, WIEN)
        for number in range(2)
    ]
    Path("rows.csv").write_text("location_id,name,slug\n" + "".join(rows), "utf-8")


def against(
    api: Api, work: Callable[[dict[str, Any]], Awaitable[Any]], **options: object
) -> Any:
    """Do something with the API, and the options that lead to it."""

    async def main() -> Any:
        async with serving(api):
            given = {"base_url": api.url, "rate": "none", "attempts": 2}
            return await work(given | options)

    return asyncio.run(main())


async def _plan(given: dict[str, Any]) -> PlanResult:
    return await importer.plan("rows.csv", **given)


async def _run(given: dict[str, Any]) -> Any:
    return await importer.run("rows.csv", run_id="one", **given)


def refusing(refused: dict[str, Refusal]) -> Callable[[str], Refusal]:
    return refused.get


@pytest.mark.parametrize(
    "refusal",
    [
        JWT,
        (403, "The token does not have access to this location."),
        (404, "Cannot GET /products/collections"),
        (401, IAM),
        None,
    ],
)
def test_a_plan_does_not_say_that_it_would_create_what_it_could_not_compare(
    refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever refuses the list, or where there is no token to ask with."""
    if refusal is None:
        monkeypatch.delenv("TOKEN_BERLIN")
    result = against(Api(listing=refusing({BERLIN: refusal})), _plan)

    lines = list(result.lines())

    assert [plan_view.sign(line) for line in lines] == ["?", "?", "+", "+"]
    assert [line.status for line in lines[:2]] == ["not_attempted"] * 2
    assert {line.code for line in lines[:2]} == {"access_refused"}
    assert all(line.message.startswith("Not compared: ") for line in lines[:2])
    assert result.forecast.create == 2
    assert result.not_compared == 2
    assert result.remedy


def test_a_plan_does_not_trust_a_list_that_is_not_complete() -> None:
    """A location that shows another list at each look is not compared either."""
    api = Api()

    def moving(location: str) -> Refusal:
        if location == BERLIN:
            looks = api.calls["GET"]
            api.held[BERLIN] = [
                {"_id": f"{looks:012x}{n:012x}", "slug": f"s{n}", "altId": BERLIN}
                for n in range(150)
            ]
        return None

    api.listing = moving
    result = against(api, _plan)

    lines = list(result.lines())
    assert {line.code for line in lines if line.location_id == BERLIN} == {
        "list_incomplete"
    }
    assert [plan_view.sign(line) for line in lines] == ["?", "?", "+", "+"]


def test_two_refused_locations_are_told_each_with_its_name_and_its_variable() -> None:
    """In a sentence of its own, and with a remedy of its own."""
    result = against(Api(listing=lambda _: JWT), _plan)

    said = result.summary.stopped_because
    first, second = sorted(said.removeprefix("Location ").split(" Location "))
    assert first.startswith(f"Berlin ({BERLIN}): ")
    assert "TOKEN_BERLIN" in first
    assert "TOKEN_WIEN" not in first
    assert second.startswith(f"Wien ({WIEN}): ")
    assert "TOKEN_WIEN" in second
    assert "TOKEN_BERLIN" not in second
    assert "TOKEN_BERLIN" in result.remedy
    assert "TOKEN_WIEN" in result.remedy
    assert "HIGHLEVEL_TOKEN" not in said + result.remedy


def test_two_locations_that_refuse_to_create_are_told_each_for_itself() -> None:
    """The same where the lists were shown and only the sending is refused."""
    scope = (401, "The token is not authorized for this scope.")
    result = against(Api(creating=lambda _: scope), _run)

    said = result.summary.stopped_because
    assert result.summary.exit_code == 4
    assert f"Location Berlin ({BERLIN}): " in said
    assert f"Location Wien ({WIEN}): " in said
    assert said.count("TOKEN_BERLIN") == said.count("TOKEN_WIEN") == 1
    assert result.summary.counts["not_attempted"] == 4


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"token": "pit-default-0123456789"}, "the argument token"),
        ({"token_file": "default.token"}, "the token file default.token"),
    ],
)
def test_the_way_out_names_what_the_token_came_from(
    given: dict[str, str], place: str
) -> None:
    """Not the variable, where a file or an argument gave it."""
    Path("locations.toml").unlink()
    Path("default.token").write_text("pit-default-0123456789", "utf-8")
    result = against(Api(listing=lambda _: JWT), _plan, **given)
    assert result.remedy.endswith(f"put it into {place}.")


def test_the_variable_for_all_locations_is_named_where_it_was_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the documentation calls it."""
    Path("locations.toml").unlink()
    monkeypatch.setenv("HIGHLEVEL_TOKEN", "pit-default-0123456789")
    result = against(Api(listing=lambda _: JWT), _plan)
    assert result.remedy.endswith("put it into HIGHLEVEL_TOKEN.")


@pytest.mark.parametrize("where", ["listing", "creating"])
def test_what_the_iam_service_refuses_is_not_told_as_a_wrong_token(where: str) -> None:
    """A new token would be refused as well; the advice is another one."""
    api = Api()
    setattr(api, where, lambda _: (401, IAM))
    for work in (_plan, _run) if where == "listing" else (_run,):
        result = against(api, work)
        said = result.summary.stopped_because
        assert "IAM Service" in said
        assert "refuses the token" not in said
        assert result.summary.exit_code == 4
        if work is _plan:
            assert result.remedy == answers.ROUTE_REMEDY.replace(
                "--base-url", "base_url"
            )
    assert not any(api.held.values())


def test_an_audit_and_an_undo_do_not_blame_the_token_for_the_iam_service() -> None:
    """Both say why a location is left, and what can be done about it."""
    api = Api()

    async def work(given: dict[str, Any]) -> None:
        done = await _run(given)
        assert done.summary.counts["created"] == 4
        api.listing = api.deleting = lambda _: (401, IAM)
        chosen = settings.load(given)
        folder = folders.find(chosen.home, "one")
        async with Session.take_up(chosen, folder) as session:
            audited = await look_back.audit(session, repair=False)
            undone = await look_back.undo(session)
        for failed in (audited.failed, undone.failed):
            assert str(failed[BERLIN]).startswith(f"Location Berlin ({BERLIN}): ")
            for why in failed.values():
                assert "refuses the token" not in str(why)
                assert why.remedy == answers.ROUTE_REMEDY
        assert sum(map(len, api.held.values())) == 4

    against(api, work)


def test_a_doctor_does_not_conclude_from_a_closed_way_to_delete() -> None:
    """Whether the token may create is not told by it, so nothing is called wrong."""
    barred = Barred(f"HighLevel does not open: {IAM}", answers.ROUTE_REMEDY, 401)
    found = verdicts.writing(barred, BERLIN)
    assert (found.code, found.grade.value) == ("route_refused", "warning")


def test_a_plan_prints_what_it_could_not_compare_and_the_way_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The mark, how many rows, and which token to look at."""
    result = against(Api(listing=refusing({WIEN: JWT})), _plan)

    plan_view.plan(result, plan_view.Shown(), as_json=False)
    told = capsys.readouterr()
    assert told.out.count("? rows.csv") == 2
    assert told.out.count("+ rows.csv") == 2
    assert "2 rows could not be compared with the location" in told.out
    assert "put it into TOKEN_WIEN." in told.err

    plan_view.plan(result, plan_view.Shown(), as_json=True)
    assert '"not_compared": 2' in capsys.readouterr().out
