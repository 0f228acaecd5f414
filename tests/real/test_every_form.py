"""Changes that real projects made, said in every form there is: what is read is what they made, to the byte."""

from __future__ import annotations

import pytest

from tests.malformed.judge import Autopack
from tests.malformed.kinds import Spoilt
from tests.real.answers import TEXTS, changed
from tests.real.manifest import Manifest, all_manifests
from tests.real.releases import Tree

MANIFESTS = {m.name: m for m in all_manifests()}
SAMPLE = "cachetools-5.3.3-5.4.0"


@pytest.fixture(scope="module")
def autopack(tmp_path_factory):
    return Autopack(tmp_path_factory.mktemp("forms"))


def pairs(manifest: Manifest) -> list[tuple[str, Tree, Tree]]:
    """Each change set, and the whole way from one release to the next; what is no text no answer can say."""
    old, new = manifest.trees
    every = [(entry.id, old, manifest.expected(entry)) for entry in manifest.sets] + [("all", old, new)]
    return [(name, *map(dict, _texts(base, tree))) for name, base, tree in every]


def _texts(base: Tree, tree: Tree) -> tuple[Tree, Tree]:
    paths = [p for p in changed(base, tree) if all(_text(side[p].data) for side in (base, tree) if p in side)]
    kept = [p for p in paths if not (p in base and p in tree and base[p].data == tree[p].data)]
    return {p: base[p] for p in kept if p in base}, {p: tree[p] for p in kept if p in tree}


def _text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in data


def wrong(manifest: Manifest, autopack: Autopack) -> tuple[int, list[str]]:
    """How many answers were read, and those that made another tree."""
    found: list[str] = []
    count = 0
    for name, base, tree in pairs(manifest):
        before, after = ({path: file.data for path, file in side.items()} for side in (base, tree))
        for form, text in TEXTS.items():
            count += 1
            got = autopack(Spoilt(text(base, tree), before, after))
            if got != after:
                found.append(f"{manifest.name} {name} as {form}: {autopack.why if got is None else 'another tree'}")
    return count, found


def test_a_sample_in_every_form(autopack):
    count, found = wrong(MANIFESTS[SAMPLE], autopack)
    assert count >= 2 * len(TEXTS) and not found, found


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", MANIFESTS)
def test_real_changes_in_every_form(name, autopack):
    count, found = wrong(MANIFESTS[name], autopack)
    print(f"{name}: {count} answers")
    assert count >= 2 * len(TEXTS) and not found, found
