"""The four filters of the snapshot list."""

from __future__ import annotations

import pytest

from exporter.demo import SampleCloud
from tests.demo.asking import ask, ask_page, snapshots_path
from tests.factories import account_of, identifier, snapshot_row

PLACE = (1337, 7)
PATH = snapshots_path(PLACE)
VOLUME_A, VOLUME_B = identifier(501), identifier(502)


@pytest.fixture
def cloud() -> SampleCloud:
    """Two volumes, one on an instance; two policies, the first with two schedules."""
    rows = [
        snapshot_row(1, volume_id=VOLUME_A),
        snapshot_row(2, volume_id=VOLUME_A),
        snapshot_row(3, volume_id=VOLUME_B),
        snapshot_row(4, volume_id=VOLUME_B),
    ]
    orphan = snapshot_row(5)
    del orphan["volume_id"]
    account = account_of({PLACE: [*rows, orphan]})
    site = account.sites[PLACE]
    site.volumes = [
        {"id": VOLUME_A, "attachments": [{"server_id": "vm-1"}]},
        {"id": VOLUME_B, "attachments": []},
    ]
    site.policies = [
        {"id": 3, "schedules": [{"id": "hourly"}, {"id": "daily"}]},
        {"id": 4, "schedules": [{"id": "weekly"}]},
    ]
    site.made_by = {identifier(1): "hourly", identifier(3): "daily", identifier(4): "weekly"}
    return SampleCloud(account)


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"volume_id": VOLUME_A}, [1, 2]),
        ({"volume_id": identifier(999)}, []),
        ({"instance_id": "vm-1"}, [1, 2]),
        ({"instance_id": "vm-2"}, []),
        ({"schedule_id": "daily"}, [3]),
        ({"lifecycle_policy_id": "3"}, [1, 3]),
        ({"lifecycle_policy_id": "4"}, [4]),
        ({"lifecycle_policy_id": "5"}, []),
        ({"lifecycle_policy_id": "3", "volume_id": VOLUME_B}, [3]),
        ({"instance_id": "vm-1", "schedule_id": "weekly"}, []),
    ],
)
async def test_filters(cloud: SampleCloud, filters: dict[str, str], numbers: list[int]) -> None:
    """A filter selects what it names, several together what each of them selects."""
    page = await ask_page(cloud, PATH, **filters)
    assert [row["id"] for row in page["results"]] == [identifier(number) for number in numbers]
    assert page["count"] == len(numbers)


async def test_filtered_list_has_pages(cloud: SampleCloud) -> None:
    """Offset and count are of what the filter selects, not of the whole list."""
    page = await ask_page(cloud, PATH, volume_id=VOLUME_B, limit=1, offset=1)
    assert [row["id"] for row in page["results"]] == [identifier(4)]
    assert page["count"] == 2


async def test_policy_id_is_an_integer(cloud: SampleCloud) -> None:
    """A policy's id that is no integer is refused, as the documented type says."""
    answer = await ask(cloud, PATH, {"lifecycle_policy_id": "nightly"})
    assert answer.status_code == 400
    assert answer.json()["message"] == "lifecycle_policy_id: not an integer"
