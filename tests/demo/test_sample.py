"""What the sample account promises, whatever its seed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from exporter.demo import Account, Row, SampleCloud, sample_account
from tests.demo.asking import ask, ask_page, snapshots_path, walk

NOW = 1_750_000_000.0
DAY = 86_400.0
USABLE = {"available", "backing-up", "restoring"}
BIG = (1337, 76)


@pytest.fixture(params=[1, 2, 77], scope="module")
def account(request: pytest.FixtureRequest) -> Account:
    """The account of some seeds; 1 is the default."""
    return sample_account(NOW, seed=request.param)


def every_snapshot(account: Account) -> list[Row]:
    """Return the snapshots of all sites."""
    return [row for site in account.sites.values() for row in site.snapshots]


def age_of(row: Row) -> float | None:
    """Return the age of a snapshot in days, None if its date cannot be read."""
    try:
        created = datetime.fromisoformat(row["created_at"])
    except ValueError:
        return None
    if created.tzinfo is None:
        created = created.replace(tzinfo=UTC)
    return (NOW - created.timestamp()) / DAY


def newest_usable(account: Account) -> dict[str, float]:
    """Return for each volume the age in days of its newest usable snapshot."""
    newest: dict[str, float] = {}
    for row in every_snapshot(account):
        age = age_of(row)
        if age is not None and row.get("status") in USABLE:
            newest[row["volume_id"]] = min(age, newest.get(row["volume_id"], age))
    return newest


def test_two_projects_six_regions(account: Account) -> None:
    """It has two projects and six named regions, one in maintenance and one that is new."""
    assert [row["name"] for row in account.projects] == ["production", "staging"]
    names = {row["display_name"] for row in account.regions}
    assert {"Luxembourg-2", "Frankfurt", "Amsterdam", "Sines"} < names
    assert len(names) == len({row["id"] for row in account.regions}) == 6
    states = Counter(row["state"] for row in account.regions)
    assert states == {"ACTIVE": 4, "MAINTENANCE": 1, "NEW": 1}


async def test_region_states(account: Account) -> None:
    """The region in maintenance has snapshots; the one that is new is not known to any list."""
    (maintained,) = (row["id"] for row in account.regions if row["state"] == "MAINTENANCE")
    (new,) = (row["id"] for row in account.regions if row["state"] == "NEW")
    cloud = SampleCloud(account)
    assert (await ask_page(cloud, snapshots_path((1337, maintained))))["count"] > 0
    assert (await ask(cloud, snapshots_path((1337, new)))).status_code == 404


async def test_one_place_is_forbidden(account: Account) -> None:
    """One region answers 403 for one project, and not for the other."""
    forbidden = [place for place, site in account.sites.items() if site.forbidden]
    assert forbidden == [(2024, 26)]
    cloud = SampleCloud(account)
    assert (await ask(cloud, snapshots_path((2024, 26)))).status_code == 403
    assert (await ask(cloud, snapshots_path((1337, 26)))).status_code == 200


def test_one_region_is_empty(account: Account) -> None:
    """One region has no snapshot of any project."""
    filled = {region for (_, region), site in account.sites.items() if site.snapshots}
    assert {region for _, region in account.sites} - filled == {60}


def test_size_of_the_account(account: Account) -> None:
    """A few thousand snapshots over hundreds of volumes, no id twice; a region of many pages."""
    rows = every_snapshot(account)
    assert 3000 < len(rows) < 6000
    assert len({row["id"] for row in rows}) == len(rows)
    assert 200 < len({row["volume_id"] for row in rows}) < 1000
    assert len(account.sites[BIG].snapshots) > 2000


async def test_big_region_is_walked(account: Account) -> None:
    """A walk of the big region by pages of 1,000 finds each of its snapshots."""
    rows = await walk(SampleCloud(account), BIG, limit=1000)
    assert rows == account.sites[BIG].snapshots


def test_statuses(account: Account) -> None:
    """Most snapshots are available; every other status that an operator meets is there."""
    statuses = Counter(row["status"] for row in every_snapshot(account) if "status" in row)
    assert {"creating", "error", "backing-up", "deleting"} < set(statuses)
    assert statuses["available"] > 0.9 * statuses.total()


def test_tasks_hold_busy_snapshots(account: Account) -> None:
    """A snapshot that is being made or deleted has a task, one that is available has none."""
    locked: dict[str, set[bool]] = {}
    for row in every_snapshot(account):
        if "status" in row and "task_id" in row:
            locked.setdefault(row["status"], set()).add(row["task_id"] is not None)
    assert locked["creating"] == locked["deleting"] == {True}
    assert locked["available"] == locked["error"] == {False}


def test_tags(account: Account) -> None:
    """There are tags of users and of the system, and snapshots without any."""
    tags = [tag for row in every_snapshot(account) for tag in row.get("tags", [])]
    keys = {read_only: set[str]() for read_only in (False, True)}
    for tag in tags:
        keys[tag["read_only"]].add(tag["key"])
    assert keys == {
        False: {"env", "team", "retention"},
        True: {"os_distro", "snapshot_policy"},
    }
    assert any(row.get("tags") == [] for row in every_snapshot(account))


def test_one_stale_volume(account: Account) -> None:
    """Of one volume the newest usable snapshot is over 40 days old, others have one of 31 days."""
    stale = [volume for volume, age in newest_usable(account).items() if age > 31]
    assert len(stale) == 1
    assert newest_usable(account)[stale[0]] > 40
    rows = [row for row in every_snapshot(account) if row["volume_id"] == stale[0]]
    newest = min(rows, key=lambda row: age_of(row) or 0.0)
    assert newest["status"] == "error"


def test_most_volumes_are_daily(account: Account) -> None:
    """At least half of the volumes have a usable snapshot of the last two days."""
    ages = newest_usable(account).values()
    assert sum(age < 2 for age in ages) > len(ages) / 2


def test_one_oversized_snapshot(account: Account) -> None:
    """One snapshot is several TiB; all others are of typical sizes, up to 1,000 GiB."""
    sizes = sorted(row["size"] for row in every_snapshot(account) if row["size"] is not None)
    assert sizes[-1] == 6144
    assert 10 <= sizes[0] < sizes[-2] <= 1000


def test_nothing_lies_ahead(account: Account) -> None:
    """No snapshot is newer than now, nor older than an account would keep it."""
    ages = [age for row in every_snapshot(account) if (age := age_of(row)) is not None]
    assert min(ages) > 0
    assert max(ages) < 120


def test_ages_follow_now() -> None:
    """A day later the same seed gives the same account, a day later."""
    first, second = (sample_account(now).sites[1337, 38].snapshots for now in (NOW, NOW + DAY))
    for before, after in zip(first, second, strict=True):
        assert (age_of(before) or 0.0) - 1 == pytest.approx(age_of(after))
        assert before["id"] == after["id"]


def test_rows_are_not_by_date(account: Account) -> None:
    """The rows stand in no order of dates, as nobody promises one."""
    dates = [row["created_at"] for row in account.sites[BIG].snapshots]
    assert dates not in (sorted(dates), sorted(dates, reverse=True))


def test_same_seed_same_account() -> None:
    """A seed and a moment give the same account, order included; another seed another one."""
    assert sample_account(NOW) == sample_account(NOW)
    assert sample_account(NOW) != sample_account(NOW, seed=2)


async def test_filters_select_something(account: Account) -> None:
    """Policies, schedules and instances of the account select a part of the big region each."""
    site = account.sites[BIG]
    policy = site.policies[0]
    instance = next(volume["attachments"][0] for volume in site.volumes if volume["attachments"])
    cloud, path = SampleCloud(account), snapshots_path(BIG)
    counts = [
        (await ask_page(cloud, path, lifecycle_policy_id=policy["id"]))["count"],
        (await ask_page(cloud, path, schedule_id=policy["schedules"][0]["id"]))["count"],
        (await ask_page(cloud, path, instance_id=instance["server_id"]))["count"],
        (await ask_page(cloud, path, volume_id=instance["volume_id"]))["count"],
    ]
    assert counts[0] == counts[1]
    assert len(site.snapshots) > counts[1] > counts[2] > counts[3] > 0


def test_volumes_know_their_snapshots(account: Account) -> None:
    """A volume lists the ids of the snapshots that were made of it, and no others."""
    for site in account.sites.values():
        listed = {number: row["id"] for row in site.volumes for number in row["snapshot_ids"]}
        assert listed == {row["id"]: row["volume_id"] for row in site.snapshots}
