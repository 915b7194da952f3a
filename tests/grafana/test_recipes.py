"""The PromQL recipes of the dashboard's documentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import promql_parser as promql
import pytest

from grafana.contract import labels_by_metric
from tests.grafana.queries import Query, selectors
from tests.grafana.scenes import view
from tests.tools import ROOT

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from tests.grafana.looking import Look

DOCUMENT: Final = (ROOT / "docs" / "dashboard.md").read_text(encoding="utf-8")
RECIPES: Final = re.findall(r"```promql\n(.+?)```", DOCUMENT, re.DOTALL)

QUIET: Final = "unless max by"
"""In the recipe for volumes that lost all snapshots, which no scene has."""


@pytest.mark.parametrize("recipe", RECIPES, ids=range(len(RECIPES)))
def test_recipe_names_what_exists(recipe: str) -> None:
    """The metrics are the exporter's, and each label that selects is one of its metric's."""
    found = selectors(Query("recipe", recipe, promql.parse(recipe)))
    assert found
    for selector in found:
        labels = labels_by_metric()[selector.name or ""]
        assert {matcher.name for matcher in selector.matchers.matchers} <= labels


async def test_recipes_find_something(scenes: AbstractAsyncContextManager[Look]) -> None:
    """A real Prometheus takes each recipe and finds something, over exporters of all kinds."""
    assert len(RECIPES) >= 10
    async with scenes as look:
        for recipe in RECIPES:
            target = {"expr": recipe, "instant": True}
            found = await look.questions.series(target, view("any"))
            assert bool(found) != (QUIET in recipe), recipe


async def test_cost_is_price_times_size(scenes: AbstractAsyncContextManager[Look]) -> None:
    """The recipe for cost is the size of what was read, in GiB, at its price, and counts once."""
    [recipe] = [one for one in RECIPES if "group_left (region)" in one]
    once = recipe.replace('selection=""', 'selection="", job="twice"')
    async with scenes as look:
        found = await look.questions.series(
            {"expr": f"sum({once})", "instant": True}, view("twice")
        )
        size = await look.number("Total size", view("single"))
    assert size is not None
    assert float(found[0]["value"][1]) == pytest.approx(size / 1024**3 * 0.05)


@pytest.mark.parametrize("picture", re.findall(r"\]\((dashboard[\w-]*\.png)\)", DOCUMENT))
def test_pictures_are_there(picture: str) -> None:
    """Each picture that the page shows is a PNG."""
    assert (ROOT / "docs" / picture).read_bytes().startswith(b"\x89PNG")
