"""Save points: what makes one, going back to it, and that it costs a ref."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autopack.errors import StoreDamaged, UsageError
from autopack.model.states import PhaseState, RunState
from tests.kit.invariants import state_folder
from tests.kit.project import builder, whole
from tests.kit.tiny import ADD, DELETES, MUL, answer, phase, untouched

from .conftest import Make, Trial

DONE, QUEUED = PhaseState.COMPLETE, PhaseState.QUEUED
LONG = ADD + "".join(f"row_{n} = {n}\n" for n in range(70))


def private(t: Trial, *args: str) -> str:
    return t.project.git(f"--git-dir={state_folder(t.project) / 'repo.git'}", *args)


def points(t: Trial) -> list[tuple[str, str, str]]:
    """Name, commit and reason of each but the base."""
    return [(p.name, p.commit, p.why) for p in t.service.save_points(t.run)[1:]]


@pytest.fixture
def shrunk(trial: Make) -> Trial:
    """`one` is small, `two` removes 61 lines net, which nobody is asked about, `three` is small again."""
    t = trial(
        phase("one"), phase("two", "long.py"), phase("three", "c.py"), files={"long.py": LONG},
        answers=[answer("one"), answer("two", "".join(LONG.splitlines(keepends=True)[:11]), "long.py"),
                 builder("three", "Add", whole("c.py", "x = 1\n", "create")), answer("one", MUL)],
    )  # fmt: skip
    assert t.go().state is RunState.DONE_SUCCESS
    return t


def test_before_a_change_that_removes_much_and_nowhere_else(shrunk: Trial) -> None:
    t, one = shrunk, str(shrunk.store.get(shrunk.run, "commit:one"))
    base = t.service.save_points(t.run)[0]
    assert (base.name, base.commit) == ("save/0", t.store.run(t.run).base)
    assert points(t) == [("save/1", one, "before two: it removes 61 lines net")]
    assert private(t, "rev-parse", f"refs/autopack/{t.run}/save/1") == one


def test_before_what_a_person_approved(trial: Make) -> None:
    t = trial(phase("two", "table.py"), answers=[builder("two", "Drop", DELETES)])
    t.go()
    assert points(t) == []
    t.service.approve(t.run)
    assert t.resume().state is RunState.DONE_SUCCESS
    ((_, commit, why),) = points(t)
    assert commit == t.store.run(t.run).base and "AP303" in why and "a person approved it" in why and "RISKY" in why


def test_back_to_one_and_forth_again(shrunk: Trial) -> None:
    """A rollback is itself taken back: the changes come back without a model, proven again."""
    t, tip = shrunk, shrunk.tip()
    with untouched(t.project):
        back = t.service.rollback(t.run, to="save/1")
        assert (back.tip, back.save, back.again) == (str(t.store.get(t.run, "commit:one")), "save/2", ())
        assert t.phases() == {"one": DONE, "two": QUEUED, "three": QUEUED}
        forth = t.service.rollback(t.run, to=back.save)
        assert (forth.tip, forth.again) == (back.tip, ("two", "three"))
        assert t.phases() == {"one": DONE, "two": QUEUED, "three": QUEUED}, "complete only on evidence"
        assert t.resume().state is RunState.DONE_SUCCESS
    assert [sum(c.role == "builder" for c in t.store.calls(t.run, name)) for name in ("one", "two", "three")] == [
        1,
        1,
        1,
    ]
    assert private(t, "rev-parse", f"{t.tip()}^{{tree}}") == private(t, "rev-parse", f"{tip}^{{tree}}")
    assert [name for name, _, _ in points(t)] == ["save/1", "save/2", "save/3", "save/4"], "names stay"
    t.sound()


def test_from_the_base_to_another_line(shrunk: Trial) -> None:
    t = shrunk
    save = t.service.rollback(t.run).save
    t.service.skip(t.run, "two")
    t.service.skip(t.run, "three")
    assert t.resume().state is RunState.DONE_SUCCESS and t.file("app.py") == MUL.strip()
    assert t.service.rollback(t.run, to=save).again == ("one", "two", "three")
    assert t.service.rollback(t.run, to="save/0", dry_run=True).tip == t.store.run(t.run).base


def test_one_that_is_not_there_or_not_ours_any_more(shrunk: Trial) -> None:
    t = shrunk
    with pytest.raises(UsageError, match="no save point save/9"):
        t.service.rollback(t.run, to="save/9")
    private(t, "update-ref", f"refs/autopack/{t.run}/save/1", t.tip())
    with pytest.raises(StoreDamaged, match="save/1"):
        t.service.rollback(t.run, to="save/1")
    private(t, "update-ref", "-d", f"refs/autopack/{t.run}/save/1")
    t.service.rollback(t.run, to="save/1")
    assert private(t, "rev-parse", f"refs/autopack/{t.run}/save/1") == points(t)[0][1], "put back from the journal"


def test_they_go_with_the_run(shrunk: Trial) -> None:
    shrunk.service.rollback(shrunk.run)
    with untouched(shrunk.project):
        shrunk.service.discard(shrunk.run)
    assert private(shrunk, "for-each-ref", "refs/autopack") == ""


def finish(t: Trial) -> None:
    """Approve what is asked until the run is complete."""
    while t.pending():
        t.service.approve(t.run)
        t.resume()
    assert t.state() is RunState.DONE_SUCCESS, t.store.run(t.run).reason


def size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def test_disk_cost_beside_the_bytes_changed(trial: Make) -> None:
    """Text that does not compress (hexadecimal of noise halves), so that nothing hides behind zlib; ignored trees never
    come into the store; a save point is a ref."""
    noise = [os.urandom(12_800).hex() for _ in range(3)]
    texts = ["".join(f"{t[n : n + 64]}\n" for n in range(0, len(t), 64)) for t in noise]
    t = trial(
        phase("one", "a.txt"), phase("two", "b.txt"), phase("three", "a.txt"),
        files={"node_modules/big.js": os.urandom(1 << 20).hex(), ".venv/big.py": os.urandom(1 << 20).hex(),
               ".gitignore": "node_modules/\n.venv/\n"},
        answers=[builder("one", "Add", whole("a.txt", texts[0], "create")),
                 builder("two", "Add", whole("b.txt", texts[1], "create")),
                 builder("three", "Rewrite", whole("a.txt", texts[2]))],
    )  # fmt: skip
    t.go()
    finish(t)
    store = state_folder(t.project) / "repo.git"
    changed = sum(map(len, texts)) + len(texts[0])
    used = size(store / "objects")
    print(f"{used / changed:.2f} bytes in the store for each byte changed")
    assert used <= 2 * changed
    before = used, size(store)
    saves = [t.service.rollback(t.run, to="two").save, t.service.rollback(t.run, to="one").save]
    assert size(store / "objects") == before[0], "going back and the save points before it add no object"
    assert size(store) - before[1] < 100 * len(saves)
    t.service.rollback(t.run, to=saves[0])
    t.resume()
    finish(t)
    assert size(store / "objects") <= 2 * changed
    listed = private(t, "rev-list", "--all", "--objects")
    assert "node_modules" not in listed and ".venv" not in listed
