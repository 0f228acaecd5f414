"""Which tests are asked about a mutant, the likeliest to notice it first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from autopack.mutation.mutant import Mutant


def asked_tests(
    mutant: Mutant,
    fresh: Sequence[str],
    must_pass: Sequence[str],
    *,
    others: Sequence[str] = (),
    executed: Mapping[str, Mapping[str, Collection[int]]] | None = None,
) -> tuple[str, ...]:
    """Ids of tests, each once. `fresh` are new or changed, `others` the rest of what passed on the candidate.

    `executed`: for each test the lines it ran, by path: then only tests that ran the mutant's line are asked, as no
    other can notice it. Without it the fresh ones and those of `must_pass` are.
    """
    if executed is None:
        return tuple(dict.fromkeys((*fresh, *must_pass)))
    every = (*fresh, *must_pass, *others, *executed)
    return tuple(dict.fromkeys(test for test in every if mutant.line in _lines(executed.get(test, {}), mutant.path)))


def _lines(ran: Mapping[str, Collection[int]], path: str) -> Iterable[int]:
    return ran.get(path, ())
