"""A request for a wider scope, and the model's own words in any request, as a person sees them."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from autopack.model.approvals import WIDENED, ApprovalRequest, Stage
from autopack.model.changes import PathRequest
from autopack.model.risk import RiskLevel
from autopack.paths import printable
from autopack.text import plural


class Weighed(Protocol):
    """A path that is asked for, with its risk."""

    @property
    def path(self) -> str: ...
    @property
    def level(self) -> RiskLevel: ...
    @property
    def grounds(self) -> str: ...


def widening_request(
    run: str,
    phase: str,
    attempt: int,
    requests: Iterable[PathRequest],
    asked: Sequence[Weighed],
    level: RiskLevel,
    base: str,
    policy: str,
    now: float,
) -> ApprovalRequest:
    """A request for exactly these paths in this phase, in the order they are to be shown; its digest holds them, their
    levels and the words."""
    paths = tuple(each.path for each in asked)
    nonce = secrets.token_hex(16)
    digest = widening_digest(requests, asked)
    key = "\0".join((run, phase, str(attempt), Stage.WIDEN, digest, nonce))
    head = f"{WIDENED} The phase asks for {plural(len(paths), 'file')} beyond its scope: risk {level}."
    return ApprovalRequest(
        id=hashlib.sha256(key.encode()).hexdigest()[:12],
        run=run,
        phase=phase,
        attempt=attempt,
        stage=Stage.WIDEN,
        codes=(WIDENED,),
        paths=paths,
        digest=digest,
        base=base,
        policy=policy,
        nonce=nonce,
        reasons=(head, *(f"risk {each.level} of {printable(each.path)}: {each.grounds}" for each in asked),
                 *words_on(requests, paths)),
        created_at=now,
    )  # fmt: skip


def widening_digest(requests: Iterable[PathRequest], asked: Iterable[Weighed]) -> str:
    """SHA-256 of what is asked for, at which risk, and why."""
    told = [[each.path, each.level.value] for each in sorted(asked, key=lambda each: each.path)]
    words = [[list(each.paths), each.why] for each in requests]
    return hashlib.sha256(json.dumps(["widen", told, words]).encode()).hexdigest()


def words_on(requests: Iterable[PathRequest], paths: Collection[str]) -> tuple[str, ...]:
    """What the model says of those of the paths that it gives reasons for, marked as its words."""
    found: list[str] = []
    for each in requests:
        about = [path for path in each.paths if path in paths]
        if about:
            more = f" and {len(about) - 3} more" if len(about) > 3 else ""
            names = ", ".join(map(printable, about[:3])) + more
            said = each.why.replace('"', "'")
            found.append(f'the model says of {names}, in its own words: "{said}"')
    return tuple(found)
