"""Every option as one frozen tree: flags > environment > file > defaults.

The only package that reads the environment. It says what each value is and where it
came from; the stages' own option values are made from it and know nothing of it.
Invariant: a token is held as a secret, is no flag, and is masked wherever it is shown.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from importer import client, execution, ratelimit, retry, source, validation
from importer.errors import AccessError, InputError, UsageError
from importer.settings.values import Values

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "Values", "load"]

#: Where a settings file is looked for when none is named, in this order.
FILES = (Path("importer.toml"), Path("config/importer.toml"))
#: Names in the environment that are not IMPORTER_ and the setting's name.
ENVIRONMENT = {"token": "HIGHLEVEL_TOKEN", "location_id": "HIGHLEVEL_LOCATION_ID"}
PREFIX = "importer_"
SECRETS = frozenset({"token"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The tree: what each stage is given, and where every value came from.

    `origins` maps a setting's name to `flag`, `environment`, `.env`, a file's name,
    or `default`.
    """

    values: Values
    origins: Mapping[str, str]

    @property
    def connection(self) -> client.Options:
        """For the client."""
        values = self.values
        return client.Options(
            values.base_url,
            values.timeout,
            values.connect_timeout,
            values.concurrency + 16,
            values.insecure_http,
        )

    @property
    def limits(self) -> ratelimit.Options:
        """For the rate limit."""
        values = self.values
        return ratelimit.Options(values.rate, values.max_rate, values.pace == "even")

    @property
    def retries(self) -> retry.Options:
        """For retry and settling."""
        return retry.Options(
            self.values.attempts, settle_seconds=self.values.settle_pauses
        )

    @property
    def sending(self) -> execution.Options:
        """For the execution."""
        values = self.values
        return execution.Options(
            values.concurrency,
            values.max_errors,
            values.max_duration,
            values.daily_reserve,
            values.wait_for_quota,
            values.quota_look,
        )

    @property
    def reading(self) -> source.Options:
        """For the source."""
        values = self.values
        return source.Options(values.sheet, values.encoding, values.delimiter)

    @property
    def checking(self) -> validation.Options:
        """For the validation."""
        values = self.values
        return validation.Options(
            values.location_id,
            values.require_product_ids,
            values.strict_ids,
            values.send_rule_metadata,
        )

    def token(self) -> str:
        """The token.

        Raises:
            AccessError: there is none, or its file cannot be read.
        """
        token = self.values.token.get_secret_value().strip()
        named = self.values.token_file
        if named is not None and (
            not token or self._goes_before("token_file", "token")
        ):
            token = _read_token(named)
        if not token:
            msg = "There is no token."
            raise AccessError(
                msg,
                remedy="Put the location's Private Integration Token into the "
                "environment variable HIGHLEVEL_TOKEN, or name a file that holds it "
                "with --token-file.",
            )
        if not token.isascii() or any(char.isspace() for char in token):
            msg = "The token holds a space or a letter that no token has."
            raise AccessError(msg, remedy="Copy it again, without quotes around it.")
        return token

    def _goes_before(self, one: str, other: str) -> bool:
        """Whether a setting comes from a place that overrules another one's."""
        ranks = {"flag": 0, "environment": 1, ".env": 2, "default": 4}
        return ranks.get(self.origins[one], 3) < ranks.get(self.origins[other], 3)

    def keeping(self, kept: Mapping[str, str]) -> Settings:
        """The same settings with what an earlier run was begun with.

        Only a flag overrules what the run has kept: an environment that has changed
        meanwhile must not send the rest of a run somewhere else.
        """
        taken: dict[str, Any] = {
            name: text or Values.model_fields[name].default
            for name, text in kept.items()
            if self.origins[name] != "flag"
        }
        merged = dict(self.values) | taken
        origins = dict(self.origins) | dict.fromkeys(taken, "run")
        return Settings(Values.model_validate(merged), origins)

    def shown(self) -> dict[str, tuple[str, str]]:
        """Every setting as text with its origin; secrets are masked."""
        return {
            name: (_text(name, getattr(self.values, name)), self.origins[name])
            for name in Values.model_fields
        }


def load(
    flags: Mapping[str, Any] | None = None, *, file: Path | None = None
) -> Settings:
    """Gather the settings from everywhere.

    Args:
        flags: what the caller gave; None values count as not given.
        file: a TOML file; without one the files of `FILES` are looked for.

    Raises:
        UsageError: a value cannot be used; the message says which and from where.
        InputError: the file cannot be read.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    layers = [
        ("flag", given),
        ("environment", _from_environment()),
        (".env", _dotenv()),
        _file(file),
    ]
    merged: dict[str, Any] = {}
    origins = dict.fromkeys(Values.model_fields, "default")
    for origin, layer in reversed(layers):
        _refuse_unknown(origin, layer)
        merged |= layer
        origins |= dict.fromkeys(layer, origin)
    try:
        return Settings(Values.model_validate(merged), origins)
    except ValidationError as failure:
        raise _usage(failure, origins) from None


def _from_environment() -> dict[str, Any]:
    known = _environment(EnvSettingsSource(Values)(), os.environ)
    return known | _unknown(os.environ)


def _unknown(raw: Mapping[str, str]) -> dict[str, Any]:
    """Names with our prefix that are no setting: a typo must not go unnoticed."""
    names = {
        name.lower().removeprefix(PREFIX): value
        for name, value in raw.items()
        if name.lower().startswith(PREFIX)
    }
    return {
        name: value for name, value in names.items() if name not in Values.model_fields
    }


def _environment(found: Mapping[str, Any], raw: Mapping[str, str]) -> dict[str, Any]:
    """IMPORTER_… as pydantic-settings found it, and the names without that prefix."""
    own = {name: raw[other] for name, other in ENVIRONMENT.items() if raw.get(other)}
    return {name: value for name, value in found.items() if value != ""} | own


def _dotenv() -> dict[str, Any]:
    path = Path(".env")
    if not path.is_file():
        return {}
    read = DotEnvSettingsSource(Values, env_file=path)
    raw = {name.upper(): value or "" for name, value in read.env_vars.items()}
    found = {name: read()[name] for name in read() if name in Values.model_fields}
    return _environment(found, raw) | _unknown(raw)


def _file(file: Path | None) -> tuple[str, dict[str, Any]]:
    path = file or next((path for path in FILES if path.is_file()), None)
    if path is None:
        return "file", {}
    try:
        with path.open("rb") as stream:
            found = tomllib.load(stream)
    except OSError as failure:
        msg = f"The settings file {path} cannot be read: {failure.strerror}."
        raise InputError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        msg = f"The settings file {path} is not TOML: {failure}."
        raise UsageError(msg) from None
    if "token" in found:
        msg = f"The settings file {path} holds a token; files get shared and committed."
        raise UsageError(
            msg, remedy="Put it into HIGHLEVEL_TOKEN, or a file named by token_file."
        )
    return str(path), found


def _refuse_unknown(origin: str, layer: Mapping[str, Any]) -> None:
    for name in layer:
        if name in Values.model_fields:
            continue
        near = get_close_matches(name, Values.model_fields, n=1)
        msg = f"There is no setting {name!r} ({origin})."
        remedy = f"Did you mean {near[0]}?" if near else "See: importer config show"
        raise UsageError(msg, remedy=remedy)


def _usage(failure: ValidationError, origins: Mapping[str, str]) -> UsageError:
    """The first thing wrong, without echoing a secret."""
    first = failure.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "settings"
    words = first["msg"].removeprefix("Value error, ")
    value = "" if name in SECRETS else f" {first['input']!r}"
    return UsageError(
        f"The setting {name}{value} ({origins.get(name, 'flag')}) cannot be used: "
        f"{words[:1].lower()}{words[1:]}."
    )


def _read_token(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as failure:
        reason = getattr(failure, "strerror", None) or "it is not text"
        msg = f"The token file {path} cannot be read: {reason}."
        raise AccessError(
            msg, remedy="Name a file that holds only the token."
        ) from None


def _text(name: str, value: object) -> str:
    if name in SECRETS:
        assert isinstance(value, SecretStr)  # noqa: S101 - the type of the field
        return "(set)" if value.get_secret_value() else ""
    if value is None:
        return "none" if name == "rate" else ""
    if isinstance(value, tuple):
        return ",".join(f"{part:g}" for part in value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
