"""A tree's listing made from that of its neighbour is git's own listing."""

from __future__ import annotations

import random
import string

from autopack.model.changes import EXECUTABLE, REGULAR, SYMLINK
from autopack.repo import Entry, PrivateRepo, UserRepo

NAMES = ["a", "a-b", "a.b", "a0", "b", "é", "\u2028", "z z", *string.ascii_uppercase[:4]]


def test_a_listing_follows_its_neighbours(user: UserRepo, private: PrivateRepo, tmp_path) -> None:
    dice = random.Random(7)
    blobs = [private.write_blob(text.encode()) for text in ("one", "two", "three")]
    tree = private.tree(user.head().commit)
    private.list(tree)
    held: set[str] = {entry.path for entry in private.list(tree)}
    for _ in range(25):
        changes: dict[str, Entry | None] = {path: None for path in sorted(held) if dice.random() < 0.2}
        for _ in range(6):
            path = "/".join(dice.choice(NAMES) for _ in range(dice.randint(1, 3)))
            near = [p for p in {*held, *changes} if p.startswith(f"{path}/") or path.startswith(f"{p}/")]
            if not near:
                changes[path] = Entry(dice.choice((REGULAR, EXECUTABLE, SYMLINK)), dice.choice(blobs))
        tree = private.write_entries(tree, changes)
        listed = private.list(tree)
        fresh = PrivateRepo.ensure(private.path.parent, user)
        assert listed == fresh.list(tree)
        fresh.close()
        held = {entry.path for entry in listed}
    assert held


def test_file_and_folder_may_trade_places_between_listings(user: UserRepo, private: PrivateRepo) -> None:
    blob = private.write_blob(b"x")
    base = private.tree(user.head().commit)
    one = private.write_entries(base, {"spot": Entry(REGULAR, blob), "spot.txt": Entry(REGULAR, blob)})
    two = private.write_entries(one, {"spot": None, "spot/inner": Entry(REGULAR, blob)})
    for tree in (one, two, one, base):
        fresh = PrivateRepo.ensure(private.path.parent, user)
        assert private.list(tree) == fresh.list(tree)
        fresh.close()
