"""Keys as users write them, where they come from, and that they are shown nowhere."""

from __future__ import annotations

import copy
import pickle
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.credentials import InlineKey, KeyFile, Secret, parse_key

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "1234$abcdef"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"{KEY}\n",
        f"{KEY}\r\n",
        f"  {KEY}\t",
        f"\n\n{KEY}\n\n",
        f"\N{NO-BREAK SPACE}{KEY}",
        f"apikey {KEY}",
        f"APIKey {KEY}\n",
        f"ApiKey\t{KEY}",
        f" apikey   {KEY} ",
        f"apikey\n{KEY}\n",
    ],
)
def test_key_is_taken_as_it_is_pasted(text: str) -> None:
    """The scheme's word in any case, blanks and newlines around it are no part of the key."""
    assert parse_key(text).reveal() == KEY


@pytest.mark.parametrize("key", ["apikey1234$abc", "a", "$HOME", "apikey=x", "!~", "${KEY}"])
def test_other_printable_keys_stay_as_they_are(key: str) -> None:
    """Nothing is expanded, and a key may begin with the scheme's letters."""
    assert parse_key(key).reveal() == key


@pytest.mark.parametrize("text", ["", " ", "\n", "apikey", "APIKEY \n", " apikey\t"])
def test_no_key_is_told_as_empty(text: str) -> None:
    """The scheme's word alone is no key."""
    with pytest.raises(ValueError, match=r"^the key is empty$"):
        parse_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "1234 abcdef",
        "1234\nabcdef",
        "apikey 1234\tabcdef",
        "Authorization: apikey 1234",
        "1234\x00abcdef",
        "1234\x7fabcdef",
        "1234\N{LATIN SMALL LETTER E WITH ACUTE}",
        "\ud800",
        "\N{ZERO WIDTH NO-BREAK SPACE}1234",
    ],
)
def test_odd_key_is_refused_without_being_told(text: str) -> None:
    """What a header cannot carry is refused here, in words that do not hold it."""
    with pytest.raises(ValueError, match=r"not printable ASCII$") as caught:
        parse_key(text)
    assert "1234" not in repr(caught.value)


@given(st.text())
def test_any_text_is_a_key_or_refused(text: str) -> None:
    """Whatever the text, what comes out can stand in a header, or it is a ValueError."""
    try:
        key = parse_key(text).reveal()
    except ValueError as error:
        assert str(error).startswith("the key ")  # noqa: PT017 - either outcome is right
    else:
        assert key
        assert all("!" <= character <= "~" for character in key)
        assert key in text


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        format,
        ascii,
        lambda secret: f"{secret}",
        lambda secret: f"{secret!r:>30}",
        lambda secret: f"{secret:>30}",
        lambda secret: "%s" % secret,  # noqa: UP031 - libraries still format like this
        lambda secret: "%r" % secret,  # noqa: UP031 - as above
        "{0} {0!r}".format,
        lambda secret: str([secret, {"key": secret}]),
        lambda secret: repr(InlineKey(secret)),
        lambda secret: str(InlineKey(secret)),
    ],
)
def test_secret_shows_itself_as_secret(show: Callable[[Secret], str]) -> None:
    """No way to make a text of it gives the key away."""
    shown = show(Secret(KEY))
    assert "<secret>" in shown
    assert KEY not in shown


def test_secret_in_a_traceback_with_locals_is_hidden() -> None:
    """Tools that print the local variables of each frame print no key."""
    secret = Secret(KEY)

    def fail(local: Secret) -> None:
        raise RuntimeError(local)

    with pytest.raises(RuntimeError) as caught:
        fail(secret)

    printed = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(printed.format())
    assert "local = <secret>" in text
    assert KEY not in text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_secret_pickles_to_nothing(protocol: int) -> None:
    """A pickle, and so a copy, holds no key."""
    pickled = pickle.dumps(Secret(KEY), protocol)
    assert KEY.encode() not in pickled
    assert pickle.loads(pickled).reveal() == ""  # noqa: S301 - our own bytes
    assert copy.deepcopy(Secret(KEY)).reveal() == ""


def test_secrets_are_equal_by_their_text() -> None:
    """A key that was read again is recognised, and is equal to nothing that is no secret."""
    assert Secret(KEY) == Secret(KEY)
    assert hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY) != Secret("other")
    assert Secret(KEY) != KEY
    assert InlineKey(Secret(KEY)) == InlineKey(Secret(KEY))


def test_inline_key_is_read_as_it_was_written() -> None:
    """An inline key has nowhere else to look."""
    assert InlineKey(Secret(KEY)).read().reveal() == KEY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with a key."""
    file = tmp_path / "key"
    file.write_text(f"apikey {KEY}\n")
    return file


def test_key_file_that_was_rewritten_is_taken(path: Path) -> None:
    """A rotated secret needs no restart."""
    source = KeyFile(path)
    assert source.read().reveal() == KEY
    path.write_text("rotated\n")
    assert source.read().reveal() == "rotated"


def test_key_file_from_a_windows_editor_is_taken(path: Path) -> None:
    """A byte order mark before the key, as Windows editors write it, is no part of the key."""
    path.write_text(KEY, encoding="utf-8-sig")
    assert KeyFile(path).read().reveal() == KEY


def test_key_file_behind_swapped_links_is_taken(tmp_path: Path) -> None:
    """Kubernetes writes a new folder and turns the link ``..data`` to it in one step."""
    for name, key in (("..first", "one"), ("..second", "two")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "key").write_text(key)
    (tmp_path / "..data").symlink_to("..first")
    (tmp_path / "key").symlink_to(Path("..data", "key"))
    source = KeyFile(tmp_path / "key")
    assert source.read().reveal() == "one"

    (tmp_path / "..data_tmp").symlink_to("..second")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")
    assert source.read().reveal() == "two"


def _empty(path: Path) -> None:
    path.write_text("")


def _blank(path: Path) -> None:
    path.write_text(" \n")


def _remove(path: Path) -> None:
    path.unlink()


def _garble(path: Path) -> None:
    path.write_bytes(b"\xff\xfe1234")


def _turn_into_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SPOIL = [_empty, _blank, _remove, _garble, _turn_into_a_folder]


@pytest.mark.parametrize("spoil", SPOIL)
def test_last_good_key_outlives_a_spoilt_file(path: Path, spoil: Callable[[Path], None]) -> None:
    """While there is no readable key, the one before goes on; the next readable one is taken."""
    source = KeyFile(path)
    source.read()
    spoil(path)
    assert source.read().reveal() == KEY
    if path.is_dir():
        path.rmdir()
    path.write_text("healed")
    assert source.read().reveal() == "healed"


@pytest.mark.parametrize("spoil", SPOIL)
def test_file_without_a_key_from_the_first_is_told(
    path: Path, spoil: Callable[[Path], None]
) -> None:
    """With nothing to go on with, the fault of the file comes out, each time."""
    spoil(path)
    source = KeyFile(path)
    for _ in range(2):
        with pytest.raises((OSError, ValueError)):
            source.read()


def test_endless_key_file_is_not_read_whole() -> None:
    """A device in the place of the file costs neither memory nor time."""
    with pytest.raises(ValueError, match="not printable ASCII"):
        KeyFile(Path("/dev/zero")).read()


def test_key_files_are_equal_by_their_path(path: Path, tmp_path: Path) -> None:
    """Targets that name the same file share one gate, whatever is in it."""
    source = KeyFile(path)
    source.read()
    assert source == KeyFile(path)
    assert hash(source) == hash(KeyFile(path))
    assert source != KeyFile(tmp_path / "other")
    assert source != path


def test_key_file_shows_its_path_only(path: Path) -> None:
    """A log line may say which file it was, never what was in it."""
    source = KeyFile(path)
    source.read()
    assert repr(source) == f"KeyFile({str(path)!r})"
