"""Spoilt diffs end as the tree that is meant or as a refusal; the judge tells a wrong tree from both."""

from __future__ import annotations

import pytest

from benchmarks.malformed import GOAL, SEED, measure, summary, variants
from tests.malformed.judge import OTHERS, REFUSED, RIGHT, WRONG, Autopack, judged
from tests.malformed.kinds import RECOVER, REFUSE, Spoilt
from tests.malformed.patch import parse
from tests.malformed.sources import real, sample, source
from tests.real.manifest import all_manifests

MANIFESTS = {m.name: m for m in all_manifests()}


@pytest.fixture(scope="module")
def autopack(tmp_path_factory):
    return Autopack(tmp_path_factory.mktemp("malformed"))


def as_it_must_be(found) -> None:
    total = summary(found)["Autopack"]
    wrong = [each for each in found["missed"] if each["was"] == WRONG]
    assert not wrong, wrong
    assert total["wrong_among_recoverable"] == total["applied_of_to_refuse"] == 0
    assert total["recovered_share"] >= GOAL, [(each["seed"], each["why"]) for each in found["missed"]]


def test_a_sample_of_every_kind(autopack):
    print(f"seed {SEED}")
    found = measure(sample(SEED), {"Autopack": autopack}, SEED, 1)
    as_it_must_be(found)
    assert {kind for kind in RECOVER | REFUSE if kind not in found["counts"]} <= {"everything indented by two more"}


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", MANIFESTS)
def test_every_kind_on_real_changes(name, autopack):
    print(f"seed {SEED}")
    as_it_must_be(measure(real(MANIFESTS[name]), {"Autopack": autopack}, SEED, 1))


def test_a_wrong_tree_is_never_counted_as_right():
    spoilt = Spoilt("", {"a": b"1\n"}, {"a": b"2\n"})
    assert judged(spoilt, {"a": b"2\n"}) == RIGHT
    assert judged(spoilt, None) == REFUSED
    for got in ({"a": b"2"}, {"a": b"1\n"}, {"a": b"2\n", "b": b""}, {}):
        assert judged(spoilt, got) == WRONG
    hopeless = Spoilt("", {"a": b"1\n"}, None)
    assert judged(hopeless, {"a": b"1\n"}) == judged(hopeless, {"a": b"2\n"}) == WRONG
    assert judged(hopeless, None) == REFUSED


def test_others_on_the_same_diffs():
    """They apply what git made, and each of them does something that it must not: the kinds are no straw men."""
    made = [source("two", {"a.py": TWO}, {"a.py": TWO.replace(b"return 1", b"return 2", 1)})]
    for who, apply in OTHERS.items():
        (clean,) = [s for kind, _, s in variants(made, SEED, 1) if kind == "as git made it"]
        assert judged(clean, apply(clean)) == RIGHT, who
    spoilt = [(kind, s) for kind, _, s in variants(made, SEED, 1) if kind in REFUSE]
    for who in ("git apply --recount", "patch --fuzz=2"):
        assert WRONG in {judged(s, OTHERS[who](s)) for _, s in spoilt}, who


TWO = b"".join(b"def f%d():\n    return %d\n\n\n" % (n, n) for n in range(1, 12))


def test_a_diff_taken_apart_is_the_same_diff():
    files = source("x", {"a": TWO, "b": b"x"}, {"a": TWO.replace(b"3", b"4"), "b": b"y\n", "c": b"new\n"})
    assert parse(files.patch.text()) == files.patch
    assert "\\ No newline" in files.patch.text()
