"""Short ways to read a configuration in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from exporter.config import Config, parse
from exporter.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEY: Final = "1234$abcdef"
WITH_KEY: Final = {"GCORE_API_KEY": KEY}
TARGETS: Final = "targets: [{project_id: 1, regions: [7]}]\n"


def read(text: str, environment: Mapping[str, str] = WITH_KEY) -> Config:
    """Return the configuration in the text; without another environment there is a key in it."""
    return parse(text, "config.yaml", environment)


def refusal(text: str, environment: Mapping[str, str] = WITH_KEY, name: str = "config.yaml") -> str:
    """Return the words with which the text is refused."""
    with pytest.raises(ConfigError) as caught:
        parse(text, name, environment)
    return str(caught.value)


def refusal_beside(folder: Path, text: str) -> str:
    """Return the words for a file in the folder, without the file's name before each of them."""
    name = str(folder / "config.yaml")
    return refusal(text, {}, name).replace(f"{name}: ", "")
