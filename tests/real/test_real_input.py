"""Changes that real projects made come through to the byte; the same changes with a seeded fault never complete."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.real_input import cases, fault_of, summary
from tests.real import releases
from tests.real.answers import FORMS, operations
from tests.real.manifest import ChangeSetEntry, Manifest, all_manifests, digest, dump, load
from tests.real.masks import MASKS, NotMasked
from tests.real.mutants import Mutant, apply_mutant, mutants_of
from tests.real.releases import File, RegistryOutage, Release, WrongDistribution
from tests.real.replay import Replay, replay
from tests.real.slices import difference, lines

MANIFESTS = {m.name: m for m in all_manifests()}
SAMPLE = "cachetools-5.3.3-5.4.0"


Case = tuple[ChangeSetEntry, str, Mutant | None, str]


def sample() -> list[Case]:
    """Two change sets in both forms, and one regression, bare and behind a mask."""
    sets = MANIFESTS[SAMPLE].sets[:2]
    chosen: list[Case] = [(e, form, None, "") for e in sets for form in FORMS]
    entry = next(e for e in sets if e.mutants)
    return [*chosen, (entry, "envelope", entry.mutants[0], ""), (entry, "diff", entry.mutants[0], "skipped")]


def check(manifest: Manifest, case: Case, folder: Path) -> None:
    entry, form, mutant, mask = case
    done = replay(manifest, entry, form, folder, mutant, mask)
    assert fault_of(done, mutant, mask) == "", done.why


@pytest.mark.e2e
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", range(6))
def test_a_sample_of_real_changes(number, tmp_path):
    check(MANIFESTS[SAMPLE], sample()[number], tmp_path)


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_what_failed_before_stops_no_real_change(tmp_path):
    done = replay(MANIFESTS[SAMPLE], MANIFESTS[SAMPLE].sets[0], "diff", tmp_path, base="broken")
    assert fault_of(done, None) == "", done.why
    assert (tmp_path / "repo/tests/test_uncollectable_base.py").exists()


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_tests_that_fail_at_times_hide_no_regression(tmp_path):
    entry = next(e for e in MANIFESTS[SAMPLE].sets if e.mutants)
    done = replay(MANIFESTS[SAMPLE], entry, "diff", tmp_path, entry.mutants[0], base="unsteady")
    assert fault_of(done, entry.mutants[0]) == "", done.why


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", MANIFESTS)
def test_every_real_change(name, tmp_path):
    manifest = MANIFESTS[name]
    for number, case in enumerate(cases(manifest)):
        try:
            check(manifest, case, tmp_path / str(number))
        except NotMasked:
            assert case[3], "only a mask can have nothing to hide"


def test_the_manifests_hold_what_the_measure_asks_for():
    projects = {m.project for m in MANIFESTS.values()}
    assert len(projects) >= 4
    assert sum(len(m.sets) for m in MANIFESTS.values()) >= 20
    for project in projects:
        mine = [e for m in MANIFESTS.values() if m.project == project for e in m.sets]
        assert sum(len(e.mutants) for e in mine) >= 3, project
    for manifest in MANIFESTS.values():
        assert len(manifest.old.sha256) == len(manifest.new.sha256) == 64
        for entry in manifest.sets:
            assert len(entry.slice.paths) >= 2, (manifest.name, entry.id)
            assert entry.digest


def test_a_manifest_reads_back_what_it_says(tmp_path):
    for name, manifest in MANIFESTS.items():
        (tmp_path / name).write_text(dump(manifest))
        assert load(tmp_path / name) == manifest


def replayed(**facts: object) -> Replay:
    good = Replay(0, "DONE_SUCCESS", "COMPLETE", (), "t", "t", False, True, 1.0)
    return Replay(**{**{f: getattr(good, f) for f in good.__dataclass_fields__}, **facts})


FAULT = Mutant("a.py", 1, 0, "operator")


@pytest.mark.parametrize(
    ("facts", "mutant", "said"),
    [
        ({}, None, ""),
        ({"tree": "u"}, None, "the tree differs"),
        ({"exit_code": 1}, None, "not complete"),
        ({"untouched": False}, None, "the user's side changed"),
        ({}, FAULT, "a regression completed"),
        (
            {"state": "DONE_FAILED_REQUIRES_HUMAN_REVIEW", "phase": "FAILED", "at_base": False},
            FAULT,
            "moved the run's tip",
        ),
        ({"state": "DONE_FAILED_REQUIRES_HUMAN_REVIEW", "phase": "FAILED", "at_base": True}, FAULT, "nothing named"),
        ({"phase": "FAILED", "state": "", "at_base": True, "codes": ("AP401",)}, FAULT, ""),
    ],
)
def test_what_counts_as_a_fault(facts, mutant, said):
    found = fault_of(replayed(**facts), mutant)
    assert (said in found) if said else found == ""


def test_the_summary_counts_what_failed():
    row = {
        "project": "p",
        "from": "1",
        "set": "a",
        "phase": "COMPLETE",
        "fault": "",
        "user_untouched": True,
        "seconds": 1,
    }
    rows = [row, {**row, "fault": "the tree differs"}, {**row, "regression": "r", "fault": "a regression completed"}]
    found = summary(rows)
    assert (found["change_sets"], found["runs"], found["complete_and_identical"]) == (1, 2, 1)
    assert (found["regressions"], found["regressions_completed"]) == (1, 1)


def archive(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    path = folder / "p-1.tar.gz"
    with tarfile.open(path, "w:gz") as out:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"p-1/{name}")
            entry.size = len(data)
            out.addfile(entry, io.BytesIO(data))
    return path


def test_a_release_is_taken_only_with_the_pinned_digest(tmp_path, monkeypatch):
    monkeypatch.setattr(releases, "CACHE", tmp_path)
    path = archive(tmp_path / "sdists" / "p-1", {"a.py": b"A = 1\n"})
    pinned = hashlib.sha256(path.read_bytes()).hexdigest()
    assert Release("p", "1", pinned).tree() == {"a.py": File(b"A = 1\n")}
    with pytest.raises(WrongDistribution, match="p-1"):
        Release("p", "1", "0" * 64).tree()


def test_an_outage_has_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr(releases, "CACHE", tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(RegistryOutage, match="no-such-project 1"):
        Release("no-such-project", "1").fetch()


TEXT = st.lists(st.sampled_from(["a\n", "b\n", "", "c\r\n", "d"]), max_size=8).map(lambda each: "".join(each).encode())


@settings(max_examples=100, deadline=None)
@given(TEXT, TEXT, TEXT)
def test_the_whole_difference_makes_the_new_release(before, after, other):
    old, new = {"a": File(before), "gone": File(other)}, {"a": File(after), "new": File(other)}
    assert difference(old, new).apply(old, new) == new
    assert difference(old, old).apply(old, new) == old


@settings(max_examples=100, deadline=None)
@given(TEXT, TEXT)
def test_operations_name_lines_of_the_base(before, after):
    made = lines(before)
    for each in reversed(operations(before, after)):
        start = each.get("start_line", each.get("line")) - 1
        made[start : each.get("end_line", start)] = lines(each.get("content", "").encode())
    assert b"".join(made) == after


def test_every_kind_of_fault_changes_what_it_names():
    code = b"def f(x):\n    if x is not None and x < 3:\n        return x + 1\n    return True\n"
    found = mutants_of("a.py", code, {1, 2, 3, 4})
    made = {apply_mutant(code, m).decode() for m in found}
    assert {m.kind for m in found} == {"operator", "constant", "return", "condition"}
    assert len(made) == len(found)
    assert code.decode().replace("is not", "is") in made
    assert code.decode().replace("x + 1", "None") in made
    assert [m for m in mutants_of("a.py", code, {4}) if m.line != 4] == []
    with pytest.raises(ValueError, match=r"a.py:9:0"):
        apply_mutant(code, Mutant("a.py", 9, 0, "return"))


MASKED = b'''"""Words."""

from __future__ import annotations

import json


def test_a():
    assert json


class TestB:
    @mark
    def test_b(self):
        assert 1
'''


@pytest.mark.parametrize("mask", MASKS)
def test_a_mask_leaves_everything_but_the_tests_it_is_for(mask):
    made = MASKS[mask](MASKED, {"test_a", "TestB.test_b"}).decode()
    compile(made, "masked", "exec")
    assert made.startswith('"""Words."""\n\nfrom __future__ import annotations\n')
    assert "import json\n" in made and "class TestB:\n" in made
    shown = {
        "skipped": "assert 1",
        "emptied": "def test_b(self):\n        pass\n",
        "deleted": "class TestB:\n    pass\n",
    }
    assert shown[mask] in made
    assert MASKS[mask](MASKED, {"test_c"}).decode().replace("import pytest\n", "") == MASKED.decode()


def test_a_masked_regression_must_be_stopped_for_what_it_did():
    stopped = {"phase": "FAILED", "state": "", "at_base": True}
    assert fault_of(replayed(**stopped, codes=("AP405",)), FAULT, "skipped") == ""
    assert "stopped by ('AP410',)" in fault_of(replayed(**stopped, codes=("AP410",)), FAULT, "skipped")
    assert fault_of(replayed(), FAULT, "skipped") == "a regression completed"


def test_the_digest_names_bytes_and_modes():
    one = {"a": File(b"1"), "b": File(b"2")}
    assert digest(one) == digest(dict(reversed(one.items())))
    assert len({digest(one), digest({**one, "a": File(b"1", True)}), digest({**one, "a": File(b"2")})}) == 3
