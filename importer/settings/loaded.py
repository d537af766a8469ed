"""Every option as one frozen tree, made of flags, environment, file and defaults.

The stages' own option values are made from it and know nothing of it. Invariant: a
token is held as a secret and is masked wherever it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from importer import locations, mapping, retry, rules, sentences, source, validation
from importer.errors import UsageError
from importer.locations import NONE_LISTED, looks_like_id
from importer.settings import databases, refusal, sources, tokens, written
from importer.settings.selection import Selection
from importer.settings.sources import ENVIRONMENT
from importer.settings.tokens import Tokens
from importer.settings.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer import client, execution, ratelimit
    from importer.journal import Home
    from importer.locations import Locations

#: Where a locations file is looked for when none is named, in this order.
LOCATIONS_FILES = (Path("locations.toml"), Path("config/locations.toml"))


@dataclass(frozen=True)
class Settings:
    """The tree: what each stage is given, and where every value came from.

    `origins` maps a setting's name to `flag`, `environment`, `.env`, a file's name,
    or `default`. `folder` is where the program was when they were gathered, which
    relative paths begin at.
    """

    values: Values
    origins: Mapping[str, str]
    folder: Path = field(default_factory=Path.cwd)

    @property
    def connection(self) -> client.Options:
        """For the client."""
        from importer import client  # noqa: PLC0415 - a check does without it

        values = self.values
        return client.Options(
            values.base_url,
            values.timeout,
            values.connect_timeout,
            values.concurrency + 16,
            values.insecure_http,
            values.api_version,
        )

    @property
    def limits(self) -> ratelimit.Options:
        """For the rate limit."""
        from importer import ratelimit  # noqa: PLC0415 - as above

        values = self.values
        return ratelimit.Options(
            values.rate,
            values.max_rate,
            values.pace == "even",
            max_retry_after_seconds=values.max_retry_after,
        )

    @property
    def retries(self) -> retry.Options:
        """For retry and settling."""
        return retry.Options(
            self.values.attempts, settle_seconds=self.values.settle_pauses
        )

    @property
    def sending(self) -> execution.Options:
        """For the execution."""
        from importer import execution  # noqa: PLC0415 - as above

        values = self.values
        return execution.Options(
            values.concurrency,
            values.max_errors,
            values.daily_reserve,
            values.wait_for_quota,
            values.quota_look,
            values.timeout,
            values.early_stop,
        )

    @property
    def reading(self) -> source.Options:
        """For the source."""
        values = self.values
        return source.Options(values.sheet, values.encoding, values.delimiter)

    @property
    def left_out(self) -> frozenset[str]:
        """The fields that no request has, by their names at the API."""
        return frozenset(name.removeprefix("-") for name in self.values.send_fields)

    @property
    def _require_product_ids(self) -> bool:
        """Whether a manual collection needs products, which are then sent as well."""
        return self.values.require_product_ids and "productIds" not in self.left_out

    @property
    def checking(self) -> validation.Options:
        """For the validation."""
        values = self.values
        return validation.Options(
            self.location_id,
            self._require_product_ids,
            values.strict_ids,
            values.send_rule_metadata,
            values.smart_as_manual,
            self.notation,
        )

    @property
    def notation(self) -> rules.Notation:
        """For rules that are written as JSON."""
        return rules.Notation(self.values.rule_keys, dict(self.values.rule_words))

    @property
    def wishes(self) -> mapping.Wishes:
        """For the mapping."""
        values = self.values
        return mapping.Wishes(
            values.description_to_seo,
            values.category_path,
            values.smart_as_manual,
            self._require_product_ids,
            self.notation,
            values.store_language,
            values.collections_from,
            values.skip_inactive,
        )

    @property
    def language(self) -> sentences.Language:
        """What problems and remarks are told in."""
        return sentences.named(self.values.language)

    @property
    def language_asked(self) -> sentences.Language | None:
        """What was asked for: by flag, environment or file; None where nothing was."""
        return None if self.origins["language"] == "default" else self.language

    def token(self) -> str:
        """Return the token of locations that have none of their own.

        Raises:
            AccessError: there is none, or its file cannot be read.
        """
        if named := self._token_file:
            return tokens.checked(tokens.read(self.folder / named, str(named)))
        return tokens.checked(self.values.token.get_secret_value().strip())

    @property
    def _token_file(self) -> Path | None:
        """The file that the token is read from; None where it is given itself."""
        named = self.values.token_file
        token = self.values.token.get_secret_value().strip()
        if token and not self._goes_before("token_file", "token"):
            return None
        return named

    @property
    def _token_place(self) -> str:
        """What holds the token of locations that have none of their own."""
        if named := self._token_file:
            return f"the token file {named}"
        origin = self.origins["token"]
        # no flag takes a token, so it is the library's
        return "the argument token" if origin == "flag" else ENVIRONMENT["token"]

    @cached_property
    def locations(self) -> Locations:
        """The locations that the locations file lists.

        Raises:
            UsageError: the file cannot be used.
        """
        named = self.values.locations_file
        if named is None:
            return NONE_LISTED
        return locations.load(self.folder / named, str(named))

    @cached_property
    def tokens(self) -> Tokens:
        """The tokens by location.

        Raises:
            UsageError: the locations file cannot be used.
        """
        variables = sources.Variables(self.folder / ".env")
        named = self._token_file
        return Tokens(
            self.token,
            self.locations,
            variables,
            self.folder,
            self._token_place,
            self.folder / named if named else None,
        )

    @property
    def location_id(self) -> str:
        """The location of rows that name none; the setting may say its name.

        Raises:
            UsageError: it means no location that is listed, and is no id.
        """
        text = self.values.location_id.strip()
        if not (text and self.locations.named):
            return text
        found = self.locations.find(text)
        if not (found or looks_like_id(text)):
            near = self.locations.nearest(text)
            msg = f'"{text}" is neither a name in {self.locations.file} nor an id.'
            remedy = f'Did you mean "{near}"?' if near else "See: importer locations"
            raise UsageError(msg, remedy=remedy)
        return found or text

    @cached_property
    def into(self) -> tuple[str, ...]:
        """The locations that every row goes into; empty where each says its own.

        Raises:
            UsageError: a text means none, or `location_id` says another one.
        """
        values = self.values
        if not (values.into or values.where) or self.origins["into"] == "run":
            return values.into
        said = "into" if values.into else "where"
        if values.location_id.strip() and not self._goes_before(said, "location_id"):
            if self._goes_before("location_id", said):
                return ()  # typed for this once
            msg = "--into, or --where, says which locations each row goes into, and"
            msg += f" --location-id says one ({values.location_id.strip()})."
            raise UsageError(msg, remedy="Leave one of them out.")
        chosen = (values.into, values.where, self.locations, self.folder)
        return Selection(*chosen).ids()

    @cached_property
    def home(self) -> Home:
        """Where the journals of runs are kept.

        Raises:
            UsageError: the address of their database cannot be used.
        """
        from importer.journal import homes  # noqa: PLC0415 - as above

        return homes.of(self.values.runs_dir, self.journal_address)

    @property
    def journal_address(self) -> str:
        """The address of the database of journals, without its password.

        Empty where a folder keeps them.

        Raises:
            UsageError: the file that holds it cannot be used.
        """
        given, named = self.values.journal, self.values.journal_file
        # also an empty one: it says that a folder keeps them
        says = self.origins["journal"] != "default"
        if named is None or (says and not self._goes_before("journal_file", "journal")):
            return given
        return databases.read(self.folder / named, str(named))

    def _goes_before(self, one: str, other: str) -> bool:
        """Return whether a setting comes from a place that overrules another one's."""
        ranks = {"flag": 0, "environment": 1, ".env": 2, "default": 4}
        return ranks.get(self.origins[one], 3) < ranks.get(self.origins[other], 3)

    def overruled(self, given: Mapping[str, Any]) -> Settings:
        """Return these settings with what a caller gives; None counts as not given.

        Raises:
            UsageError: a value cannot be used.
        """
        layer = {name: value for name, value in given.items() if value is not None}
        sources.refuse_unknown("flag", layer)
        refusal.refuse_odd(layer, "flag")
        origins = dict(self.origins) | dict.fromkeys(layer, "flag")
        return _checked(dict(self.values) | layer, origins, self.folder)

    def keeping(self, kept: Mapping[str, str]) -> Settings:
        """Return these settings with what an earlier run was begun with.

        Only a flag overrules what the run has kept: an environment that has changed
        meanwhile must not send the rest of a run somewhere else.
        """
        taken: dict[str, Any] = {
            name: text or Values.model_fields[name].default
            for name, text in kept.items()
            if self.origins[name] != "flag"
            # one that was written since then may fix what the run was stopped by
            and (text or name != "locations_file")
        }
        merged = dict(self.values) | taken
        origins = dict(self.origins) | dict.fromkeys(taken, "run")
        return Settings(Values.model_validate(merged), origins, self.folder)

    def kept(self, names: Iterable[str]) -> dict[str, str]:
        """Return settings as text that `keeping` takes, also in another folder.

        Raises:
            UsageError: `into` means no location.
        """
        wanted, given, shown = tuple(names), dict[str, Any](), {}
        if "into" in wanted and self.into:
            # what was chosen stays chosen, whatever the locations file says later
            given = {"into": self.into, "where": (), "location_id": ""}
        for name in wanted:
            value = given.get(name, getattr(self.values, name))
            whole = self.folder / value if isinstance(value, Path) else value
            shown[name] = written.text(name, whole)
        return shown

    def shown(self) -> dict[str, tuple[str, str]]:
        """Return every setting as text with its origin; secrets are masked."""
        return {
            name: (written.text(name, getattr(self.values, name)), self.origins[name])
            for name in Values.model_fields
        }


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    file: Path | None = None,
    environment: bool = True,
) -> Settings:
    """Gather the settings from everywhere.

    Args:
        flags: what the caller gave; None values count as not given.
        file: a TOML file; without one the usual ones are looked for.
        environment: whether the environment and `.env` set anything.

    Raises:
        UsageError: a value cannot be used; the message says which and from where.
        InputError: the file cannot be read.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    layers = [
        ("flag", given),
        ("environment", sources.from_environment() if environment else {}),
        (".env", sources.from_dotenv() if environment else {}),
        sources.from_file(file),
    ]
    merged: dict[str, Any] = {}
    origins = dict.fromkeys(Values.model_fields, "default")
    for origin, layer in reversed(layers):
        sources.refuse_unknown(origin, layer)
        refusal.refuse_odd(layer, origin)
        merged |= layer
        origins |= dict.fromkeys(layer, origin)
    named = merged.get("locations_file")
    if named is None or (isinstance(named, str) and not named):
        merged["locations_file"] = sources.first(LOCATIONS_FILES)
    return _checked(merged, origins, Path.cwd())


def _checked(
    merged: Mapping[str, Any], origins: Mapping[str, str], folder: Path
) -> Settings:
    """Make the tree of what was gathered.

    Raises:
        UsageError: a value cannot be used; the message says which and from where.
    """
    try:
        chosen = Settings(Values.model_validate(merged), origins, folder)
    except ValidationError as failure:
        raise refusal.of(failure, origins) from None
    refusal.refuse_unaudited(chosen.values)
    return chosen
