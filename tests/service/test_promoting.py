"""Promotion and un-promotion as the journal knows them: where the branch stood, what was cut off, what comes next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autopack import fault
from autopack.errors import ConflictError, UsageError
from autopack.service import Service
from tests.kit.project import Project
from tests.kit.tiny import ADD, MUL, SUB, answer, make, phase, untouched


class Desk:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.service = Service.open(project.root, env=project.environment())
        self.run = self.service.start(project.plan, cassette=project.cassette, trust=True)
        asyncio.run(self.service.drive(self.run))

    def head(self) -> str:
        return self.project.git("rev-parse", "HEAD")

    def promoted(self) -> str:
        return str(self.service.store.run(self.run).data.get("promoted", ""))

    def sound(self) -> None:
        assert self.service.store.check_invariants(self.run) == []
        assert not self.service.store.open_effects(self.run)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(make(tmp_path, phase("one"), phase("two"), answers=[answer("one"), answer("two", MUL)]).project)
    yield made
    made.service.close()


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Desk]:
    cli = make(tmp_path, phase("one", "app.py", "table.py"), run={"base": "working-tree"},
               answers=[answer("one", SUB + "# mine\n")])  # fmt: skip
    cli.project.write({"app.py": ADD + "# mine\n"})
    made = Desk(cli.project)
    yield made
    made.service.close()


@pytest.fixture
def broken_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def arm(name: str) -> None:
        assert name in fault.POINTS
        monkeypatch.setattr(fault, "_armed", (name, "raise", fault._hits.get(name, 0) + 1))

    return arm


def test_forth_and_back_and_forth(desk: Desk) -> None:
    base = desk.head()
    with pytest.raises(ConflictError, match="no promotion to take back"):
        desk.service.unpromote(desk.run)
    for _ in range(2):
        assert desk.service.promote(desk.run).applied and desk.promoted() == "main"
        with untouched(desk.project):
            assert "would move main back" in desk.service.unpromote(desk.run, dry_run=True).summary
        assert desk.service.unpromote(desk.run).applied
        assert (desk.head(), desk.project.git("status", "--porcelain"), desk.promoted()) == (base, "", "")
    with pytest.raises(ConflictError, match="no promotion to take back"):
        desk.service.unpromote(desk.run)
    saves = [p.why.partition(" ")[2].partition(" ")[2] for p in desk.service.save_points(desk.run)[1:]]
    assert saves == ["promotes into main", "takes the promotion into main back"] * 2
    desk.sound()


def test_the_latest_goes_first(desk: Desk) -> None:
    base, two = desk.head(), desk.service.status(desk.run).head
    desk.service.rollback(desk.run, to="one")
    assert desk.service.promote(desk.run).applied
    one = desk.head()
    desk.service.rollback(desk.run, to="save/1")
    asyncio.run(resumed(desk))
    assert desk.service.promote(desk.run).applied and desk.head() not in (one, two)
    for expected in (one, base):
        assert desk.service.unpromote(desk.run).applied and desk.head() == expected


async def resumed(desk: Desk) -> None:
    desk.service.resume(desk.run)
    await desk.service.drive(desk.run)


def test_one_the_person_took_back_by_hand_is_over(desk: Desk) -> None:
    base = desk.head()
    desk.service.promote(desk.run)
    desk.project.git("reset", "-q", "--keep", base)
    assert "where it was" in desk.service.unpromote(desk.run).summary
    with pytest.raises(ConflictError, match="no promotion to take back"):
        desk.service.unpromote(desk.run)


def test_what_is_refused_can_be_tried_again(desk: Desk) -> None:
    desk.service.promote(desk.run)
    desk.project.write({"app.py": "in the making\n"})
    with untouched(desk.project):
        assert "uncommitted" in desk.service.unpromote(desk.run).conflicts[0]
    desk.project.git("checkout", "-q", "app.py")
    assert desk.service.unpromote(desk.run).applied
    desk.sound()


def test_unknown_mode_and_a_discarded_run(desk: Desk) -> None:
    base = desk.head()
    desk.service.promote(desk.run)
    with pytest.raises(UsageError, match="no mode 'ff'"):
        desk.service.unpromote(desk.run, mode="ff")
    desk.service.discard(desk.run)
    with pytest.raises(ConflictError, match="is discarded") as refused:
        desk.service.unpromote(desk.run)
    assert refused.value.hint == f"By hand: git reset --keep {base}"


@pytest.mark.parametrize("mode", ["ff", "merge", "squash"])
@pytest.mark.parametrize("point", ["promote.intended", "repo.before_promote", "promote.done"])
def test_a_promotion_that_was_cut_off_is_made_or_not(
    desk: Desk, broken_at: Callable[[str], None], mode: str, point: str
) -> None:
    """Whichever it is, it can be taken back or made again."""
    base = desk.head()
    broken_at(point)
    with pytest.raises(RuntimeError, match=point):
        desk.service.promote(desk.run, mode=mode)
    if point == "promote.done":
        assert desk.service.unpromote(desk.run).applied
    else:
        assert desk.head() == base
        with pytest.raises(ConflictError, match="no promotion to take back"):
            desk.service.unpromote(desk.run)
    assert desk.head() == base
    assert desk.service.promote(desk.run, mode=mode).applied and desk.service.unpromote(desk.run).applied
    assert desk.head() == base
    desk.sound()


@pytest.mark.parametrize(("mode", "point"), [
    (mode, point)
    for mode, own in (("move", "repo.unpromoted_tree"), ("revert", "repo.revert_staged"))
    for point in ("savepoint.before_ref", "unpromote.intended", "repo.before_unpromote", own, "unpromote.done")
])  # fmt: skip
def test_an_unpromotion_that_was_cut_off_is_finished_the_way_it_was_begun(
    desk: Desk, broken_at: Callable[[str], None], mode: str, point: str
) -> None:
    base = desk.head()
    desk.service.promote(desk.run)
    broken_at(point)
    with pytest.raises(RuntimeError, match=point):
        desk.service.unpromote(desk.run, mode=mode)
    with pytest.raises(ConflictError, match="was cut off"):
        desk.service.promote(desk.run)
    done = desk.service.unpromote(desk.run, mode="move" if mode == "revert" else "revert")
    assert done.conflicts == ()
    assert desk.project.git("diff", "--name-only", base) == "" and desk.project.git("status", "--porcelain") == ""
    assert (desk.head() == base) is (mode == "move")
    desk.sound()


def test_one_that_was_cut_off_and_is_refused_now_is_over(desk: Desk, broken_at: Callable[[str], None]) -> None:
    """Nothing had changed yet, so nothing keeps the person from promoting again."""
    desk.service.promote(desk.run)
    broken_at("repo.before_unpromote")
    with pytest.raises(RuntimeError):
        desk.service.unpromote(desk.run)
    desk.project.write({"app.py": "in the making\n"})
    with untouched(desk.project):
        assert desk.service.unpromote(desk.run).conflicts == ("app.py: has uncommitted changes (modified)",)
    assert "holds the result already" in desk.service.promote(desk.run).summary
    desk.sound()


def test_files_promoted_twice_go_back_step_by_step(tmp_path: Path) -> None:
    cli = make(tmp_path, phase("one"), phase("two", "more.py"), run={"base": "working-tree"}, files={"more.py": ADD},
               answers=[answer("one"), answer("two", MUL, "more.py")])  # fmt: skip
    desk = Desk(cli.project)

    def seen() -> tuple[str, str]:
        return (cli.project.root / "app.py").read_text(), (cli.project.root / "more.py").read_text()

    save = desk.service.rollback(desk.run, to="one").save
    assert desk.service.promote(desk.run).applied and seen() == (SUB, ADD)
    desk.service.rollback(desk.run, to=save)
    asyncio.run(resumed(desk))
    assert desk.service.promote(desk.run).applied and seen() == (SUB, MUL)
    for expected in ((SUB, ADD), (ADD, ADD)):
        assert desk.service.unpromote(desk.run).applied and seen() == expected
    desk.sound()
    desk.service.close()


def test_files_forth_and_back_with_nothing_but_files_touched(files: Desk) -> None:
    app, index = files.project.root / "app.py", files.project.root / ".git" / "index"
    before, staged = app.read_text(), index.read_bytes()
    assert files.service.promote(files.run).applied and files.promoted() == "your files"
    assert app.read_text() != before
    assert files.service.unpromote(files.run).applied
    assert (app.read_text(), index.read_bytes(), files.promoted()) == (before, staged, "")
    files.sound()


@pytest.mark.parametrize("point", ["promote.intended", "repo.promote_file", "promote.done"])
@pytest.mark.parametrize("again", [True, False])
def test_files_that_were_cut_off(files: Desk, broken_at: Callable[[str], None], point: str, again: bool) -> None:
    """Going on and taking back are both right, however far it came."""
    app = files.project.root / "app.py"
    before = app.read_text()
    broken_at(point)
    with pytest.raises(RuntimeError, match=point):
        files.service.promote(files.run)
    if again:
        assert files.service.promote(files.run).conflicts == () and app.read_text() == SUB + "# mine\n"
    assert files.service.unpromote(files.run).conflicts == () and app.read_text() == before
    with pytest.raises(ConflictError, match="no promotion to take back"):
        files.service.unpromote(files.run)
    assert files.service.promote(files.run).applied
    files.sound()
