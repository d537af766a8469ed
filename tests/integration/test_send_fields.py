"""Fields that the API may not take are left out, from the plan to the undo."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from refusing import Api, serving

import importer
from importer import settings
from importer.cli import plan_view
from importer.errors import UsageError
from importer.runs import folders, look_back
from importer.runs.session import Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from refusing import Body, Refusal

BERLIN = "Z4Bxl8J4SaPEPLq9IQ8g"
PRODUCT = "655b33a82209e60b6adb87a5"
UNPUBLISHED = "-type,-rules,-productIds"
RULES = '"{""logic"":""AND"",""conditions"":[{""field"":""title""}]}"'
ROWS = f"""location_id,name,slug,type,product_ids,rules,image,seo_title
{BERLIN},One,one,manual,{PRODUCT},,https://x.test/1.png,First
{BERLIN},Two,two,,{PRODUCT},,https://x.test/2.png,Second
{BERLIN},Three,three,smart,,{RULES},,Third
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with a token for everything."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL", "IMPORTER_SEND_FIELDS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HIGHLEVEL_TOKEN", "pit-default-0123456789")
    Path("rows.csv").write_text(ROWS, "utf-8")


def against(api: Api, work: Callable[[dict[str, Any]], Awaitable[Any]]) -> Any:
    """Do something with the API, and the options that lead to it."""

    async def main() -> Any:
        async with serving(api):
            given: dict[str, Any] = {"base_url": api.url, "rate": "none"}
            return await work(given | {"settle_pauses": "0.01,0.01"})

    return asyncio.run(main())


def strict(body: Body) -> Refusal:
    """Refuse what is in no published source."""
    unknown = [key for key in ("type", "rules", "productIds") if key in body]
    wrong = [f"property {key} should not exist" for key in unknown]
    return (422, wrong) if wrong else None


@pytest.mark.parametrize(
    "written",
    [UNPUBLISHED, "collection_id, image,seo", ["-rules", "-type", "-product_ids"]],
)
def test_what_is_left_out_is_in_no_request(written: Any) -> None:
    """An API that refuses unknown keys creates every row then."""
    api = Api(creating=strict)

    async def work(given: dict[str, Any]) -> Any:
        return await importer.run("rows.csv", send_fields=written, **given)

    result = against(api, work)

    assert result.summary.counts["created"] == 3
    assert result.summary.exit_code == 0
    first = next(body for body in api.posted if body["slug"] == "one")
    assert first == {
        "altId": BERLIN,
        "altType": "location",
        "name": "One",
        "slug": "one",
        "image": "https://x.test/1.png",
        "seo": {"title": "First"},
    }


@pytest.mark.parametrize("written", [{}, {"send_fields": "-image"}])
def test_what_is_not_left_out_is_sent_as_before(written: dict[str, Any]) -> None:
    """Also a type that was inferred: the page of the API has it."""
    api = Api()

    async def work(given: dict[str, Any]) -> Any:
        return await importer.run("rows.csv", **written, **given)

    against(api, work)

    sent = {body["slug"]: body for body in api.posted}
    assert sent["two"]["type"] == "manual"
    assert sent["two"]["productIds"] == [PRODUCT]
    assert sent["three"]["type"] == "smart"
    assert sent["three"]["rules"]["conditions"]
    assert ("image" in sent["two"]) is (not written)


def test_a_resume_goes_on_with_what_was_left_out_at_the_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the environment says by then."""
    api = Api(creating=lambda _: (401, "Invalid JWT"))

    async def work(given: dict[str, Any]) -> Any:
        options = given | {"attempts": 2}
        stopped = await importer.run(
            "rows.csv", run_id="one", send_fields=UNPUBLISHED, **options
        )
        assert stopped.summary.counts["not_attempted"] == 3
        api.creating = strict
        api.posted.clear()
        monkeypatch.setenv("IMPORTER_SEND_FIELDS", "-image")
        return await importer.resume("one", **options)

    result = against(api, work)
    assert result.summary.counts["created"] == 3
    assert all("image" in body for body in api.posted if body["slug"] != "three")


def test_an_update_leaves_out_what_a_create_leaves_out() -> None:
    """Also what the collection has, and would be sent along otherwise."""
    api = Api()
    there: Body = {"altId": BERLIN, "slug": "one", "name": "Old", "type": "manual"}
    there |= {"image": "https://x.test/0.png", "productIds": ["7" * 24]}
    api.held[BERLIN] = [{**there, "_id": "1" * 24, "seo": {"title": "Kept"}}]

    async def work(given: dict[str, Any]) -> Any:
        return await importer.run(
            "rows.csv",
            send_fields="-image,-productIds",
            on_existing="update",
            update_products=True,
            **given,
        )

    result = against(api, work)
    assert result.summary.counts["updated"] == 1
    (put,) = api.put
    assert put == {
        "altId": BERLIN,
        "altType": "location",
        "slug": "one",
        "name": "One",
        "seo": {"title": "First"},
    }


def test_a_plan_says_what_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """On the screen, for programs, and in the settings of a plan that is kept."""

    async def work(given: dict[str, Any]) -> Any:
        return await importer.plan("rows.csv", send_fields=UNPUBLISHED, **given)

    result = against(Api(), work)

    result.save("plan.json")
    heading = Path("plan.json").read_text("utf-8").splitlines()[0]
    assert f'"send_fields":"{UNPUBLISHED}"' in heading
    plan_view.plan(result, plan_view.Shown(), as_json=False)
    told = "Left out of every request (send_fields): type, rules, productIds."
    assert told in capsys.readouterr().out
    plan_view.plan(result, plan_view.Shown(), as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["fields_left_out"] == ["type", "rules", "productIds"]


def test_a_run_by_a_plan_leaves_out_what_the_plan_leaves_out() -> None:
    """And refuses to send something else than it says."""
    api = Api(creating=strict)

    async def work(given: dict[str, Any]) -> Any:
        plan = await importer.plan("rows.csv", send_fields=UNPUBLISHED, **given)
        plan.save("plan.json")
        with pytest.raises(UsageError, match="send_fields"):
            await importer.run(plan="plan.json", send_fields="-image", **given)
        return await importer.run(plan="plan.json", **given)

    assert against(api, work).summary.counts["created"] == 3


def test_what_was_left_out_is_no_evidence_against_a_collection() -> None:
    """HighLevel chose another type, and the row is settled, audited and undone."""
    api = Api()

    def creating(body: Body) -> Refusal:
        if body["slug"] == "three":  # created, and the answer is lost
            made = body | {"_id": "3" * 24, "type": "manual"}
            api.held.setdefault(BERLIN, []).append(made)
            return (500, "later")
        return None

    api.creating = creating

    async def work(given: dict[str, Any]) -> Any:
        result = await importer.run(
            "rows.csv", run_id="one", send_fields=UNPUBLISHED, audit=True, **given
        )
        assert result.summary.counts["created"] == 3
        assert not result.summary.codes.get("missing_at_server")
        chosen = settings.load(given)
        folder = folders.find(chosen.home, "one")
        async with Session.take_up(chosen, folder) as session:
            return await look_back.undo(session, unseen_products=True)

    assert against(api, work).counts == {"deleted": 3}
    assert api.held[BERLIN] == []


def test_products_that_are_not_sent_are_not_looked_up() -> None:
    """Nor does a manual collection need any."""
    rows = f"location_id,name,slug,type,product_skus\n{BERLIN},One,one,manual,SHIRT-1\n"
    Path("rows.csv").write_text(rows + f"{BERLIN},Two,two,manual,\n", "utf-8")
    api = Api()

    async def work(given: dict[str, Any]) -> Any:
        return await importer.run("rows.csv", send_fields="-productIds", **given)

    result = against(api, work)
    assert result.summary.counts["created"] == 2
    assert all("productIds" not in body for body in api.posted)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("-slug", "slug is always sent"),
        ("-name", "name is always sent"),
        ("-altId", "altId is always sent"),
        ("-altType,-type", "altType is always sent"),
        ("-type,image", "write those that are sent"),
        ("-typ", "there is no field 'typ'"),
        ("price", "there is no field 'price'"),
    ],
)
def test_a_field_that_cannot_be_left_out_is_refused(written: str, words: str) -> None:
    """Before anything is read, with what could be written instead."""
    with pytest.raises(UsageError) as refused:
        settings.load({"send_fields": written})
    assert words.casefold() in f"{refused.value} {refused.value.remedy}".casefold()


@pytest.mark.parametrize(
    ("written", "left_out"),
    [
        ("", ()),
        ("-TYPE , -product_ids", ("-type", "-productIds")),
        (
            "name,slug,type,rules,productIds,collectionId,image,ruleHash",
            ("-seo", "-ruleVersion", "-stats"),
        ),
    ],
)
def test_the_setting_is_kept_in_one_way_however_it_is_written(
    written: str, left_out: tuple[str, ...]
) -> None:
    """So that a plan and a resume compare it letter by letter."""
    chosen = settings.load({"send_fields": written})
    assert chosen.values.send_fields == left_out
    text = chosen.kept(["send_fields"])
    assert chosen.keeping(text).values.send_fields == left_out
