"""kill -9 while a change is taken in part: at the decision, between it and the attempt that tries the part, and on the way
of the rest through the Builder. I1 to I8 hold after every one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kit.killing import Kill, Rig
from tests.kit.project import APPROVES, Scenario, builder, whole
from tests.kit.tiny import FILES, SUB, phase, plan_of

pytestmark = pytest.mark.e2e

RUN = "t"
ROWS = [f"row_{n} = {n}\n" for n in range(40)]
EDITED = "".join({3: "row_3 = 'three'\n", 30: "row_30 = 'thirty'\n"}.get(n, row) for n, row in enumerate(ROWS))
BETTER = EDITED.replace("'three'", "'no. 3'")
WORK = phase("work", scope={"paths": ["app.py", "rows.py"], "protected": ["rows.py"]})
FIRST = builder("work", "Edit the rows", whole("rows.py", EDITED), whole("app.py", SUB), attempt=1)
ONLY = ("--only", "rows.py#2", "--only", "app.py")
REST = (*ONLY, "--rest", "name the number")
MINE = ("attempt.", "consent.", "apply.", "finalize.")
"""The points between a decision and the tip's move."""


def scenario(*more: dict[str, Any]) -> Scenario:
    return Scenario(
        {**FILES, "rows.py": "".join(ROWS), "README.md": "words\n"}, plan_of(WORK), [FIRST, *more, APPROVES], 1
    )


SCENARIOS: dict[str, tuple[Scenario, tuple[str, ...], tuple[tuple[str, ...], ...]]] = {
    "taken": (scenario(), ONLY, (("run",), ("approve", RUN, *ONLY), ("resume", RUN))),
    "rest": (
        scenario(builder("work", "Name it", whole("rows.py", BETTER), whole("app.py", SUB), attempt=2)), REST,
        (("run",), ("approve", RUN, *REST), ("resume", RUN), ("approve", RUN), ("resume", RUN)),
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=SCENARIOS)
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    scenario, word, processes = SCENARIOS[request.param]

    def said(asked: dict[str, Any]) -> tuple[str, ...]:
        return word if asked["attempt"] == 1 else ()

    place: Path = tmp_path_factory.mktemp(request.param)
    return Rig(place, scenario, RUN, processes, said)


def hold(rig: Rig, kills: list[Kill]) -> None:
    wrong = [line for kill in kills for line in rig.trial(kill)]
    print(f"{len(kills)} trials: {', '.join(map(str, kills))}")
    assert kills and wrong == [], "\n".join(wrong)


@pytest.mark.timeout(600)
def test_a_kill_between_the_word_and_the_tip_changes_nothing_in_the_end(rig: Rig) -> None:
    acts = [kill for kill in rig.kills() if kill.process == 2 and kill.point.startswith(MINE)]
    assert {"attempt.selected", "attempt.before", "attempt.after"} <= {kill.point for kill in acts}
    words = [
        kill
        for kill in rig.kills()
        if kill.process == 1 and kill.point in ("store.before_commit", "store.after_commit")
    ]
    assert words
    hold(rig, [*words, *acts])


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_kill_anywhere_changes_nothing_in_the_end(rig: Rig) -> None:
    hold(rig, [kill for kill in rig.kills() if kill.process > 0])
