"""YAML faults: each has its line and column, and none is read as something else."""

from __future__ import annotations

import pytest

from exporter.document.problems import RefusedError
from exporter.document.yaml_reader import read_yaml
from tests.config.reading import KEY, TARGETS, refusal

INVALID = "not valid YAML; check the indentation, the colons and the quotes around it"
NOT_A_WORD = "a key that is no plain word; merge keys (<<) are not supported either"
BAD_CHARACTER = "a control character or a half surrogate, which YAML does not allow; remove it"
BAD_TEXT = "a text with a control character or a half surrogate; remove it"
TWICE = "is there twice, first at line"
NO_ALIAS = "an alias (*), which is not supported; write the value out"
NO_ANCHOR = "an anchor (&), which is not supported; remove it"
NO_TAG = "a tag (!), which is not supported; remove it, or put the value in quotes"

FAULTS = {
    "api:\n  key: a: b": (
        "line 2, column 9: a colon where no key can stand; check the indentation, or put the "
        "value in quotes"
    ),
    "api:\n  page_size\n  key: a": (
        "line 3, column 6: a colon where no key can stand; check the indentation, or put the "
        "value in quotes"
    ),
    "api: {}\nscrape\n": "line 3, column 1: a key without a colon after it",
    "api:\n    max_retries: 1\n  page_size: 2": (
        "line 3, column 3: the indentation fits no line above; align it with its neighbours"
    ),
    "api:\n\tkey: a": ("line 2, column 1: a tab where only blanks can stand; indent with blanks"),
    'api:\n  key: "a': "line 2, column 10: a quoted text without its closing quote",
    "api:\n  key: 'a\n---\n": "line 3, column 1: a quoted text without its closing quote",
    r'api: {key: "a\q"}': (
        "line 1, column 15: an unknown escape in a text in double quotes; use single quotes"
    ),
    "targets: [1, 2": (
        "line 1, column 15: a list in brackets without a comma or its closing bracket"
    ),
    "api: {page_size: 1": (
        "line 1, column 19: a mapping in braces without a comma or its closing brace"
    ),
    "api: @": f"line 1, column 6: {INVALID}",
    "%YAML 1." + "9" * 5000 + "\n---\n": f"line 1, column 1: {INVALID}",
    'api:\n  key: "\\UFFFFFFFF"': f"line 2, column 6: {INVALID}",
    "api: !x!y z": f"line 1, column 6: {INVALID}",
    "api: *a": f"line 1, column 6: {NO_ALIAS}",
    "api: {<<: *a}": f"line 1, column 11: {NO_ALIAS}",
    f"{TARGETS}api: &a {{}}": f"line 2, column 6: {NO_ANCHOR}",
    f"{TARGETS}api: !!map {{}}": f"line 2, column 6: {NO_TAG}",
    f"{TARGETS}scrape: {{timeout: ! 10s}}": f"line 2, column 19: {NO_TAG}",
    f"{TARGETS}api: {{<<: {{page_size: 1}}}}": f"line 2, column 7: {NOT_A_WORD}",
    f"{TARGETS}7: x": f"line 2, column 1: {NOT_A_WORD}",
    f"{TARGETS}true: x": f"line 2, column 1: {NOT_A_WORD}",
    f"{TARGETS}? [a]\n: x": f"line 2, column 3: {NOT_A_WORD}",
    f"{TARGETS}api: {{}}\n---\napi: {{}}": (
        "line 3, column 1: a second document begins; the configuration is one document"
    ),
    f"{TARGETS}api:\n  page_size: 1\n  page_size: 1": (
        f"line 4, column 3: `api.page_size` {TWICE} 3, column 3; keep one"
    ),
    f"{TARGETS}api: {{}}\napi: {{}}": (f"line 3, column 1: `api` {TWICE} 2, column 1; keep one"),
    "targets:\n- project_id: 1\n  regions: [{id: 7, id: 8}]": (
        f"line 3, column 21: `targets[0].regions[0].id` {TWICE} 3, column 14; keep one"
    ),
    "api: \x00": f"line 1, column 6: {BAD_CHARACTER}",
    "api: {}\n\nscrape: \ud800": f"line 3, column 9: {BAD_CHARACTER}",
    f"{TARGETS}api:\n  key: 'a\x1bb'": f"line 3, column 10: {BAD_CHARACTER}",
    TARGETS + r'api: {key: "a\0b"}': f"line 2, column 12: {BAD_TEXT}",
    TARGETS + r'api: {key: "a\ud800b"}': f"line 2, column 12: {BAD_TEXT}",
    "[" * 100_000: "line 1, column 17: nested more than 16 levels deep",
    "{" * 100_000: "line 1, column 17: nested more than 16 levels deep",
    "- " * 100_000: "line 1, column 33: nested more than 16 levels deep",
    "#" * (256 * 1024 + 1): "larger than 256 kB, which is the limit",
    "#" + "\u20ac" * 100_000: "larger than 256 kB, which is the limit",
}


@pytest.mark.parametrize(("text", "words"), FAULTS.items(), ids=lambda text: repr(text[:40]))
def test_fault_has_its_place_and_remedy(text: str, words: str) -> None:
    """Each fault of YAML is refused with line, column and what to do, word for word."""
    assert refusal(text) == f"config.yaml: {words}"


@pytest.mark.parametrize("text", ["- 1", "text", "7", "true", "1.5"])
def test_only_a_mapping_is_a_configuration(text: str) -> None:
    """A document of another kind is refused at its top."""
    kind = {"- 1": "a list", "text": "a text", "7": "a number", "true": "true or false"}
    assert refusal(text) == (
        "config.yaml: must be a mapping with keys such as `api`, not "
        + kind.get(text, "a decimal number")
    )


def test_faults_that_leave_it_readable_are_told_with_the_others() -> None:
    """A duplicate key, a tag and a value out of range come in one message."""
    text = f"{TARGETS}api:\n  page_size: 0\n  page_size: 2\n  max_retries: !!int 3\n"
    assert refusal(text).splitlines() == [
        f"config.yaml: line 4, column 3: `api.page_size` {TWICE} 3, column 3; keep one",
        f"config.yaml: line 5, column 16: {NO_TAG}",
        "config.yaml: api.page_size: must be a whole number from 1 to 1000, not 0",
    ]


def test_faults_before_a_syntax_error_are_not_lost() -> None:
    """What was noted before the text became unreadable is told, too."""
    assert refusal("api: &a {}\nscrape: [").splitlines() == [
        f"config.yaml: line 1, column 6: {NO_ANCHOR}",
        f"config.yaml: line 2, column 10: {INVALID}",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("NULL", None),
        ("# nothing", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("no", "no"),
        ("yes", "yes"),
        ("off", "off"),
        ("y", "y"),
        ("0123", "0123"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("0b11", "0b11"),
        ("01.5", "01.5"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-05-29", "2024-05-29"),
        ("=", "="),
        ("9" * 31, "9" * 31),
        ("'7'", "7"),
        ('"true"', "true"),
        ('""', ""),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    """Nothing silently becomes a boolean, an octal, a time or a date."""
    found, problems = read_yaml(text)
    assert (found, type(found), problems) == (value, type(value), [])


def test_nan_is_a_number() -> None:
    """A NaN is read as a float, which no check takes."""
    found, _ = read_yaml(".nan")
    assert isinstance(found, float)
    assert found != found  # noqa: PLR0124 -- only a NaN differs from itself


def test_byte_order_mark_is_taken() -> None:
    """A file saved by an editor that writes a byte order mark is read."""
    assert read_yaml("\ufeffapi: {}") == ({"api": {}}, [])


@pytest.mark.parametrize("text", [f"api:\n  key: {KEY}: x", f'api:\n  key: "{KEY}', f"{KEY}\nkey:"])
def test_the_line_travels_in_no_exception(text: str) -> None:
    """PyYAML's error, which holds the text, is not even the context of ours."""
    with pytest.raises(RefusedError) as caught:
        read_yaml(text)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert KEY not in repr(caught.value)
