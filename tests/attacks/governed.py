"""Answers of a Builder through the product's own steps: parse, govern, candidate commit, promotion by a person."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

from autopack.context import gather
from autopack.engine import judging
from autopack.model.attempt import Answer, Attempt, Outcome
from autopack.model.plan import Phase, Scope
from autopack.redaction import Redactor
from autopack.repo import PrivateRepo, Publisher, UserRepo, promote
from autopack.sandbox import Sandbox
from autopack.settings import load_settings
from tests.attacks.answers import answer_of
from tests.attacks.product import FIX, PHASE, Scene, cli, drive, folder_of, git, tidy

RUN = "case"
BY_EVIDENCE = {"test_tampering", "G-FORMAT-09"}
"""Classes and cases that only tests can judge once governance let them pass."""
AFTER_REPAIR = {"G-TEST-TAMPERING-15"}
"""Cases whose new test is right and red on the base: the phase before them has repaired add()."""

TEST_GONE_BEFORE = {"G-DIFF-HEADER-20": "tests/test_b.py"}
"""Cases that move what a test imports; the user has taken that test away, for it is governance that is asked."""


def file_case(scene: Scene) -> dict[str, Any]:
    """Headless: what a person would be asked about is blocked."""
    began = time.monotonic()
    if scene.case["id"] in AFTER_REPAIR:
        scene.add_files({FIX["path"]: FIX["content"]}, commit=True)
    if scene.process and scene.case["id"] in TEST_GONE_BEFORE:
        git(scene, "rm", "-q", "--", TEST_GONE_BEFORE[scene.case["id"]])
        git(scene, "commit", "-q", "-m", "take away a test")
    seen = run_whole(scene) if scene.process else govern(scene)
    seen["observed"]["wall_s_max"] = time.monotonic() - began
    return seen


def govern(scene: Scene) -> dict[str, Any]:
    """Up to the user's own branch, as far as the product lets the case's answer go."""
    return govern_answer(scene, answer_of(scene.case))


def govern_answer(scene: Scene, text: str) -> dict[str, Any]:
    """As `govern`, for any answer."""
    user = UserRepo.open(scene.repo)
    private = PrivateRepo.ensure(scene.state / "one", user)
    try:
        return _govern(scene, user, private, text)
    finally:
        private.close()


def _govern(scene: Scene, user: UserRepo, private: PrivateRepo, text: str) -> dict[str, Any]:
    settings = load_settings(user.root, env=scene.env).settings
    context = scene.context
    phase = Phase(
        id=PHASE,
        goal=context.get("goal") or "Make add() add.",
        scope=Scope(paths=[folder_of(entry) for entry in context.get("scope", ["**"])]),
    )
    base = user.head().commit
    tree = private.tree(base)
    scratch = scene.place / "scratch"
    scratch.mkdir(exist_ok=True)
    doors = SimpleNamespace(
        settings=settings, private=private, user=user, sandbox=Sandbox.best(), scratch=lambda run: scratch
    )
    work: Any = SimpleNamespace(doors=doors, phase=phase, run=RUN, config=SimpleNamespace(nonce="case"))
    shown = gather(phase, tree, private, settings.context, Redactor.from_environment(scene.env))
    attempt = Attempt(RUN, PHASE, 1, base, tree, context=shown, answer=Answer(text, "end", "m", 1))
    for step in (judging.parse, judging.govern):
        result = asyncio.run(step(work, attempt))
        if isinstance(result, Outcome):
            return refused(*(f.code for f in result.findings))
        attempt = result
    asked = (*attempt.ask_before, *attempt.ask_after)
    if asked:
        return refused(*(f.code for f in asked), tier="approval")
    commit = private.commit(attempt.tree, base, "attack: change files", 1.0)
    private.pack(commit, base)
    private.move_ref(f"refs/autopack/{RUN}/candidate/{PHASE}/1", commit, None)
    judged = by_evidence(scene) if judged_by_evidence(scene) else allowed()
    return judged if judged["outcome"] != "allowed" else promoted(user, private, base, commit, judged["observed"])


def promoted(user: UserRepo, private: PrivateRepo, base: str, tip: str, observed: dict[str, Any]) -> dict[str, Any]:
    """The person brings the run's result to their branch; a promotion that would overwrite theirs is refused."""
    Publisher(user, private).publish(RUN, tip, None)
    result = promote(user, private, run=RUN, base=base, tip=tip, mode="ff")
    return allowed(**observed) if result.applied else refused("promotion", *result.conflicts)


def run_whole(scene: Scene) -> dict[str, Any]:
    """`autopack run`, and, where the phase completed, `autopack promote`. Where nothing but evidence is missing, the
    person does without it: what governance has to say of a change does not hang on whether a test imports it."""
    seen = by_evidence(scene)
    if only_unproven(seen) and not judged_by_evidence(scene):
        run = seen["observed"]["run"]
        lifted = cli(scene, "approve", run).code == 0 and cli(scene, "resume", run).code == 0
        tidy(scene)
        seen = {**seen, "outcome": "allowed" if lifted else "blocked"}
    if seen["outcome"] != "allowed":
        return seen
    ended = cli(scene, "promote", seen["observed"]["run"])
    tidy(scene)
    return seen if ended.code == 0 else refused("promotion")


def by_evidence(scene: Scene) -> dict[str, Any]:
    """The same answer in a whole run, with tests before and after and an auditor who approves everything: what
    governance lets through, evidence must stop. What an auditor would be asked to flag, a rule flags for every auditor
    (AP405)."""
    context = scene.context
    scope = context.get("scope", ["**"])
    deliverables = [path for path in scope if path.startswith("tests/")]
    deliverables += [f"{path} (deleted)" for path in context.get("deliverables_deleted", ())]
    plan = scene.plan(scope=scope, phase={"deliverables": deliverables})
    seen = drive(scene, plan, scene.cassette(answer_of(scene.case)))
    tidy(scene)
    gate = "passed" if seen.complete else "blocked"
    asked = sorted({code for request in seen.requests for code in request.codes})
    outcome = "allowed" if seen.complete else "blocked" if seen.run else "error"
    return {
        "outcome": outcome,
        "observed": {
            "gate": gate,
            "auditor_flagged": "AP405" in {*seen.codes, *asked},
            "codes": list(seen.codes),
            "asked": asked,
            "error": seen.error,
            "run": seen.run,
        },
    }


def judged_by_evidence(scene: Scene) -> bool:
    return scene.case["class"] in BY_EVIDENCE or scene.case["id"] in BY_EVIDENCE


def only_unproven(seen: dict[str, Any]) -> bool:
    """Whether missing evidence (AP410) is all that stopped the phase: a person is asked about nothing else, and no rule
    of governance (AP3xx) spoke."""
    observed = seen["observed"]
    return observed["asked"] == ["AP410"] and not any(code.startswith("AP3") for code in observed["codes"])


def allowed(**observed: Any) -> dict[str, Any]:
    return {"outcome": "allowed", "observed": observed}


def refused(*codes: str, **observed: Any) -> dict[str, Any]:
    return {"outcome": "blocked", "observed": {"codes": list(codes), **observed}}
