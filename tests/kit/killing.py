"""Trials with kill -9: a plan is run to its end as a person would, one process is killed at a fault point, and the run
is brought to its end all the same."""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.kit.invariants import check, fingerprint, result_of
from tests.kit.project import THREE_PHASES, Scenario
from tests.kit.runs import Cli, Ended, Word, copy_of, end_of, finish, plainly

RUN = "three"


@dataclass(frozen=True, order=True)
class Kill:
    """The `n`-th time the process passes the point."""

    process: int
    point: str
    n: int

    def __str__(self) -> str:
        return f"process {self.process} {self.point}:{self.n}"


class Rig:
    """One undisturbed run in `place`, with a copy of everything from before each of its `processes` (without: run, approve,
    resume), what a person starts until it has ended; `word` is what they add to their approval of a request."""

    def __init__(
        self,
        place: Path,
        scenario: Scenario = THREE_PHASES,
        run: str = RUN,
        processes: Sequence[tuple[str, ...]] = (),
        word: Word = plainly,
    ) -> None:
        self._trial = place / "trial"
        self._run, self._word = run, word
        self._processes = processes or (("run",), ("approve", run), ("resume", run))
        self._copies = [place / f"before-{n}" for n in range(len(self._processes))]
        self.project = scenario.make(self._trial)
        self.cli = Cli(self.project)
        self.before = fingerprint(self.project)
        self.passed: list[list[str]] = []
        for process, copy in zip(self._processes, self._copies, strict=True):
            copy_of(self._trial, copy)
            ended, points = self.cli.trace(*process)
            waits = process[0] != "approve" and process is not self._processes[-1]
            assert ended.code == (3 if waits else 0), str(ended)
            self.passed.append(points)
        self.expected = result_of(self.project, run)
        assert check(self.project, run, self.before, kills=0, expected=self.expected) == []

    def kills(self) -> list[Kill]:
        """Every place where the undisturbed run can be killed."""
        return [
            Kill(number, name, n)
            for number, points in enumerate(self.passed)
            for name, count in sorted(Counter(points).items())
            for n in range(1, count + 1)
        ]

    def trial(self, kill: Kill, again: str = "") -> list[str]:
        """Kill, go on (with a second kill at `again` if it names one), look: every invariant that does not hold."""
        self._restore(kill.process)
        fault = f"{kill.point}:kill9:{kill.n}"
        words = self._processes[kill.process]
        first = self.cli.run(fault=fault) if kill.process == 0 else self.cli(*words, fault=fault)
        done = [first]
        if again:
            done.append(self.cli("resume", self._run, fault=again))
        kills = sum(e.killed for e in done)
        try:
            done += finish(self.cli, self._run, word=self._word)
        except AssertionError as failed:
            return [f"{kill} {again}: {failed}"]
        wrong = check(self.project, self._run, self.before, kills=kills, expected=self.expected)
        if not first.killed:
            wrong += _never_fired(kill, first)
        return [f"{kill} {again}: {line}" for line in wrong]

    def until_first_step(self, *args: str) -> float:
        """Seconds from starting a process (`run` or `resume`) to its first step's event; then it is killed."""
        words = self.cli.run_words() if args == ("run",) else args
        began = time.monotonic()
        process = self.cli.start(*words)
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"].startswith("step."):
                break
        else:
            raise AssertionError(f"no step began\n{end_of(process, words)}")
        taken = time.monotonic() - began
        process.kill()
        process.communicate()
        return taken

    def interrupt(self, kill: Kill) -> None:
        """Leave the run as this kill of its first process leaves it."""
        self._restore(0)
        assert self.cli.run(fault=f"{kill.point}:kill9:{kill.n}").killed

    def begin_anew(self) -> None:
        """Back to before the run."""
        self._restore(0)

    def _restore(self, process: int) -> None:
        shutil.rmtree(self._trial)
        copy_of(self._copies[process], self._trial)


def _never_fired(kill: Kill, ended: Ended) -> list[str]:
    """How often the journal is written depends a little on the time, so the last commits of a list may not come."""
    return [] if kill.n > 1 and kill.point.startswith("store.") else [f"the kill never came\n{ended}"]


def sample(kills: Iterable[Kill], seed: int) -> list[Kill]:
    """One kill for each point, in a process and at a place that the seed chooses."""
    by_name: dict[str, dict[int, list[Kill]]] = {}
    for kill in kills:
        by_name.setdefault(kill.point, {}).setdefault(kill.process, []).append(kill)
    chance = Random(seed)
    return [chance.choice(found[chance.choice(sorted(found))]) for _, found in sorted(by_name.items())]


def agreed(folder: Path, kills: list[Kill]) -> list[Kill]:
    """The list of the first of several test processes that share the folder: all work on the same one."""
    path = folder / "kills.json"
    with (folder / "kills.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            path.write_text(json.dumps([[k.process, k.point, k.n] for k in kills]))
        return [Kill(*row) for row in json.loads(path.read_text())]
