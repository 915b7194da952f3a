"""Bad targets, each with the exact whole message it gets."""

from __future__ import annotations

import pytest

from tests.config.reading import KEY, refusal

REGION = "must be a region's id (a whole number of at least 1) or a mapping {id, name}"
ID = "must be a whole number of at least 1"
NAMES = "must be 1 to 128 printable characters"
FILTER = "must be 1 to 255 printable characters"
SAME = "same project, region and selection as"
BOTH = "reads this region too; add 7 to its `exclude_regions`"
NO_TARGET = "no target; write one, or set GCORE_CLOUD_PROJECT_ID and GCORE_CLOUD_REGION_ID"

ONE = {
    "[]": "targets[0]: must be a mapping with keys such as `project_id`, not a list",
    "{regions: [7]}": "targets[0].project_id: is missing; write the project's id",
    "{project_id: 1}": "targets[0].regions: is missing; write a list of regions' ids, or `all`",
    "{project_id: 0, regions: [7]}": f"targets[0].project_id: {ID}, not 0",
    "{project_id: x, regions: [7]}": f"targets[0].project_id: {ID}, not a text",
    "{project_id: 01, regions: [7]}": f"targets[0].project_id: {ID}, not a text",
    "{project: 1, project_id: 1, regions: [7]}": (
        "targets[0].project: unknown key; did you mean `project_id`?"
    ),
    "{project_id: 1, regions: 7}": (
        "targets[0].regions: must be a list of regions' ids, or `all`, not a number"
    ),
    "{project_id: 1, regions: ALL}": (
        "targets[0].regions: must be a list of regions' ids, or `all`, not a text"
    ),
    "{project_id: 1, regions: }": (
        "targets[0].regions: must be a list of regions' ids, or `all`, not an empty value"
    ),
    "{project_id: 1, regions: []}": (
        "targets[0].regions: must be a list of regions with at least one, not an empty one"
    ),
    "{project_id: 1, regions: [Frankfurt]}": f"targets[0].regions[0]: {REGION}, not a text",
    "{project_id: 1, regions: [7, all]}": f"targets[0].regions[1]: {REGION}, not a text",
    "{project_id: 1, regions: [-7]}": f"targets[0].regions[0]: {REGION}, not -7",
    "{project_id: 1, regions: [{id: 0}]}": f"targets[0].regions[0].id: {ID}, not 0",
    "{project_id: 1, regions: [{name: a}]}": (
        "targets[0].regions[0].id: is missing; write the region's id"
    ),
    "{project_id: 1, regions: [{id: 7, name: ''}]}": (f"targets[0].regions[0].name: {FILTER}"),
    "{project_id: 1, regions: [{id: 7, name: 8}]}": (
        "targets[0].regions[0].name: must be a text (in quotes), not a number"
    ),
    '{project_id: 1, regions: [{id: 7, name: "a\\nb"}]}': (f"targets[0].regions[0].name: {FILTER}"),
    f"{{project_id: 1, regions: [{{id: 7, name: {'a' * 256}}}]}}": (
        f"targets[0].regions[0].name: {FILTER}"
    ),
    "{project_id: 1, regions: [{id: 7, nam: a}]}": (
        "targets[0].regions[0].nam: unknown key; did you mean `name`?"
    ),
    "{project_id: 1, regions: [7], exclude_regions: [9]}": (
        "targets[0].exclude_regions: goes only with `regions: all`; leave the region out of "
        "`regions` instead"
    ),
    "{project_id: 1, regions: all, exclude_regions: 9}": (
        "targets[0].exclude_regions: must be a list of regions' ids, not a number"
    ),
    "{project_id: 1, regions: all, exclude_regions: [x]}": (
        f"targets[0].exclude_regions[0]: {ID}, not a text"
    ),
    "{project_id: 1, regions: all, exclude_regions: [9, 9]}": (
        "targets[0].exclude_regions[1]: repeats [0]; remove it"
    ),
    "{project_id: 1, regions: [7, 8, 7]}": (
        f"targets[0].regions[2]: {SAME} targets[0].regions[0]; remove one"
    ),
    "{project_id: 1, regions: [7, {id: 7, name: a}]}": (
        f"targets[0].regions[1]: {SAME} targets[0].regions[0]; remove one"
    ),
    f"{{project_id: 1, regions: [7], key: {KEY}, key_file: a}}": (
        "targets[0].key: stands beside `key_file`; keep one of the two"
    ),
}

SELECTIONS = {
    "nightly": "selection: must be a mapping with keys such as `name`, not a text",
    "{name: a}": (
        "selection: selects nothing; add at least one of `instance_id`, `lifecycle_policy_id`, "
        "`schedule_id`, `volume_id`"
    ),
    "": "selection.name: is missing; write a name, which becomes a label",
    "{volume_id: a}": "selection.name: is missing; write a name, which becomes a label",
    "{name: '', volume_id: a}": f"selection.name: {NAMES}",
    "{name: ' ', volume_id: a}": f"selection.name: {NAMES}",
    f"{{name: {'a' * 129}, volume_id: a}}": f"selection.name: {NAMES}",
    '{name: "a\\u200e", volume_id: a}': f"selection.name: {NAMES}",
    "{name: 7, volume_id: a}": "selection.name: must be a text (in quotes), not a number",
    "{name: a, volume_id: ''}": f"selection.volume_id: {FILTER}",
    '{name: a, schedule_id: "a\\nb"}': f"selection.schedule_id: {FILTER}",
    "{name: a, instance_id: 7}": "selection.instance_id: must be a text (in quotes), not a number",
    "{name: a, lifecycle_policy_id: '3'}": f"selection.lifecycle_policy_id: {ID}, not a text",
    "{name: a, lifecycle_policy_id: 0}": f"selection.lifecycle_policy_id: {ID}, not 0",
    "{name: a, volume: b}": "selection.volume: unknown key; did you mean `volume_id`?",
}

SEVERAL = {
    "[{project_id: 1, regions: [7]}, {project_id: 1, regions: [8, 7]}]": (
        f"targets[1].regions[1]: {SAME} targets[0].regions[0]; remove one"
    ),
    "[{project_id: 1, regions: all}, {project_id: 1, regions: all, exclude_regions: [9]}]": (
        "targets[1].regions: same project and selection as `regions: all` of targets[0]; remove one"
    ),
    "[{project_id: 1, regions: all, exclude_regions: [9]}, {project_id: 1, regions: [9, 7]}]": (
        f"targets[1].regions[1]: `regions: all` of targets[0] {BOTH}"
    ),
    "[{project_id: 1, regions: [7]}, {project_id: 1, regions: all}]": (
        f"targets[0].regions[0]: `regions: all` of targets[1] {BOTH}"
    ),
    "[{project_id: 1, regions: [7], selection: {name: a, volume_id: b}},"
    " {project_id: 1, regions: [7], selection: {name: a, volume_id: c}}]": (
        f"targets[1].regions[0]: {SAME} targets[0].regions[0]; remove one"
    ),
    "{}": "targets: must be a list of targets, not a mapping",
    "all": "targets: must be a list of targets, not a text",
    "[]": f"targets: {NO_TARGET}",
    "": f"targets: {NO_TARGET}",
}


@pytest.mark.parametrize(("target", "words"), ONE.items(), ids=lambda text: text[:50])
def test_bad_target_is_refused(target: str, words: str) -> None:
    """Each mistake in one target has its place and remedy, word for word."""
    assert refusal(f"targets: [{target}]") == f"config.yaml: {words}"


@pytest.mark.parametrize(("selection", "words"), SELECTIONS.items(), ids=lambda text: text[:50])
def test_bad_selection_is_refused(selection: str, words: str) -> None:
    """Each mistake in a selection has its place and remedy, word for word."""
    text = f"targets: [{{project_id: 1, regions: [7], selection: {selection}}}]"
    assert refusal(text) == f"config.yaml: targets[0].{words}"


@pytest.mark.parametrize(("targets", "words"), SEVERAL.items(), ids=lambda text: text[:60])
def test_bad_list_of_targets_is_refused(targets: str, words: str) -> None:
    """A target named twice, in whichever way and order, and a list that is none."""
    assert refusal(f"targets: {targets}") == f"config.yaml: {words}"


def test_no_document_at_all_names_what_is_missing() -> None:
    """An empty file is an empty mapping: what it lacks is a target."""
    assert refusal("# nothing yet\n") == f"config.yaml: targets: {NO_TARGET}"
