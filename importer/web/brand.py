"""What the page is called and looks like where an agency says so: `web.toml`.

Name, logo, accent colour and an address for help. Invariant: a text on the accent can
be read: a colour without enough contrast is refused when the server starts.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.errors import InputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

NAME = "web.toml"
_KEYS = ("name", "logo", "accent", "help")
_LOGOS = {".png": "image/png", ".svg": "image/svg+xml", ".webp": "image/webp"}
_MOST_BYTES = 200_000
#: What WCAG 2.2 asks for of ordinary text.
CONTRAST = 4.5
_LIGHT, _DARK = (0xFD, 0xFD, 0xFC), (0x14, 0x17, 0x1C)
_WHITE, _INK = (255, 255, 255), (0x10, 0x14, 0x1B)

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Brand:
    """A name, a logo, a colour and an address for help; each may be missing."""

    name: str = ""
    help: str = ""
    accent: Colour | None = None
    logo: bytes = b""
    logo_type: str = ""

    @property
    def style(self) -> str:
        """The style sheet of the colour, in the light and in the dark."""
        if self.accent is None:
            return ""
        dark = _lightened(self.accent)
        return (
            f":root {{ --accent: {_hex(self.accent)}; --on: {_hex(_on(self.accent))} }}"
            f"\n@media (prefers-color-scheme: dark) {{ :root {{ --accent: {_hex(dark)};"
            f" --on: {_hex(_on(dark))} }} }}\n"
        )


def load(path: Path | None, folder: Path) -> Brand:
    """Read the brand that a file says, or the one in a folder; none is fine.

    Raises:
        InputError: a file cannot be read.
        UsageError: something in it cannot be used.
    """
    named = path or folder / NAME
    if path is None and not named.is_file():
        return Brand()
    try:
        content = tomllib.loads(named.read_text("utf-8-sig"))
    except OSError as failure:
        msg = f"The brand file {named} cannot be read: {failure.strerror}."
        raise InputError(msg, remedy="Name a file that can be read.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        msg = f"The brand file {named} is not TOML: {failure}."
        raise UsageError(msg, remedy='Write lines such as name = "Acme".') from None
    for key, value in content.items():
        if key not in _KEYS or not isinstance(value, str):
            msg = f"The brand file {named} has {key}, which cannot be used."
            remedy = "It may have name, logo, accent and help, each a text."
            raise UsageError(msg, remedy=remedy)
    return _made(content, named)


def _made(content: dict[str, Any], named: Path) -> Brand:
    logo, kind = b"", ""
    if "logo" in content:
        logo, kind = _read_logo(named.parent / content["logo"])
    accent = _colour(content["accent"]) if "accent" in content else None
    help_address = content.get("help", "")
    if help_address and not re.match(r"(https://|mailto:)\S+\Z", help_address):
        msg = f"The address for help, {help_address!r:.80}, cannot be used."
        raise UsageError(msg, remedy="Write one that begins with https:// or mailto:.")
    return Brand(content.get("name", "")[:60], help_address, accent, logo, kind)


def _read_logo(path: Path) -> tuple[bytes, str]:
    kind = _LOGOS.get(path.suffix.lower())
    if kind is None:
        msg = f"The logo {path} is no picture that the page can show."
        raise UsageError(msg, remedy="Use a .png, .svg or .webp.")
    try:
        content = path.read_bytes()
    except OSError as failure:
        msg = f"The logo {path} cannot be read: {failure.strerror}."
        raise InputError(msg, remedy="Name a picture that can be read.") from None
    if len(content) > _MOST_BYTES:
        msg = f"The logo {path} is larger than {_MOST_BYTES // 1000} kB."
        raise UsageError(msg, remedy="Make it smaller: 200 pixels wide is enough.")
    return content, kind


def _colour(text: str) -> Colour:
    """Read a colour that can be read on white, and whose own text can be read.

    Raises:
        UsageError: it is none, or too light.
    """
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        msg = f"The accent {text!r:.40} is no colour."
        raise UsageError(msg, remedy='Write it so: accent = "#2a5db0".')
    number = int(text[1:], 16)
    colour = (number >> 16, number >> 8 & 255, number & 255)
    reached = contrast(colour, _LIGHT)
    if reached < CONTRAST:
        msg = f"The accent {text} cannot be read well: its contrast on white is "
        msg += f"{reached:.1f} to 1, and {CONTRAST} to 1 is needed."
        darker = colour
        while contrast(darker, _LIGHT) < CONTRAST:
            red, green, blue = (part * 24 // 25 for part in darker)
            darker = (red, green, blue)
        raise UsageError(msg, remedy=f'A darker one: accent = "{_hex(darker)}".')
    return colour


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours as WCAG reckons it, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - of sRGB


def _lightened(colour: Colour) -> Colour:
    """Return the colour with as much white in it as the dark page asks for."""
    while contrast(colour, _DARK) < CONTRAST + 1:
        red, green, blue = (part + (255 - part + 9) // 10 for part in colour)
        colour = (red, green, blue)
    return colour


def _on(colour: Colour) -> Colour:
    return max((_WHITE, _INK), key=lambda text: contrast(text, colour))


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
