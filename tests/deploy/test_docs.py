"""What the documents about installing say, as far as a program can tell."""

from __future__ import annotations

import re

import pytest

from tests.tools import ROOT

LINK = re.compile(r"\]\(([^)#:]+)\)")
NAMES = ("docs/deployment.md", "SECURITY.md")


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    """Each link to a file of the checkout finds it."""
    path = ROOT / name
    links = LINK.findall(path.read_text("utf-8"))
    assert links
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_each_chapter_is_in_the_table() -> None:
    """The table at the top leads to every way of installing, and to nothing else."""
    text = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    chapters = re.findall(r"^## (\w+)$", text, re.MULTILINE)
    assert re.findall(r"\]\(#([\w-]+)\)", text) == [chapter.lower() for chapter in chapters]


def test_every_folder_is_told_about() -> None:
    """Each folder below ``deploy`` is named."""
    text = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    folders = [path.name for path in (ROOT / "deploy").iterdir()]
    assert [name for name in folders if f"deploy/{name}" not in text] == []
