"""An authority, and a folder with a server's certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trustme

from tests.web.identities import write_identity

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return who signs the server's certificates."""
    return trustme.CA()


@pytest.fixture
def folder(tmp_path: Path, authority: trustme.CA) -> Path:
    """Return a folder with ``cert.pem``, ``key.pem`` and ``ca.pem``."""
    write_identity(tmp_path, authority)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path
