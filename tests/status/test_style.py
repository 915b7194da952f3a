"""The colours of the page can be read in both themes."""

from __future__ import annotations

import re

import pytest

from exporter.status.page import StatusPage
from tests.status.support import NOW, STARTED

HTML = StatusPage("/metrics", STARTED).render(None, NOW)
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{(.*?)\}", HTML, re.DOTALL)
)
READ_ON = [
    *((text, back) for text in ("text", "muted", "link") for back in ("page", "surface")),
    *((state, back) for state in ("good", "bad") for back in ("surface", f"{state}-back")),
]


def luminance(colour: str) -> float:
    """Return the relative luminance, by WCAG 2.2."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "back"), READ_ON)
def test_contrast(colours: dict[str, str], text: str, back: str) -> None:
    """Text has the contrast to what lies behind it that WCAG 2.2 asks for (4.5 to 1)."""
    dark, light = sorted(luminance(colours[name]) for name in (text, back))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_both_themes_name_the_same_colours() -> None:
    """No colour of the light theme is left over in the dark one."""
    assert LIGHT.keys() == DARK.keys()
    assert all(LIGHT[name] != DARK[name] for name in LIGHT)
