"""What commands return."""

from __future__ import annotations

from typing import Literal

import attrs

from autopack_server.lsp.contract.told import ChoosablePart, RunSnapshot


@attrs.frozen
class Started:
    run_id: str
    folder_uri: str


@attrs.frozen
class Recorded:
    """What was done, in a sentence for people; `state` is the run's or phase's afterwards where it is known."""

    message: str
    state: str = ""


@attrs.frozen
class Opened:
    """A file made and, where the client can, opened."""

    uri: str
    shown: bool


@attrs.frozen
class ChangedFile:
    """One file of a change: `status` added, deleted, modified or renamed; the URIs are read-only documents of scheme
    `autopack` ("" where that side does not exist)."""

    path: str
    status: Literal["added", "deleted", "modified", "renamed"]
    before_uri: str
    after_uri: str


@attrs.frozen
class Patch:
    """A change: the git patch as a file, and each file's two sides for a side-by-side view. As the notification
    `autopack/showPatch` to a client with `showsSides`: a person asked to see it by a message's button."""

    uri: str
    shown: bool
    title: str
    files: list[ChangedFile]


@attrs.frozen
class Promoted:
    """A promotion, or one taken back: `applied` False for a dry run, or where `conflicts` refused the whole of it."""

    message: str
    applied: bool
    conflicts: list[str]


@attrs.frozen
class ShownRequest:
    """A pending request as a person must see it before answering: `lines` list every path, protected ones first, with
    invisible characters spelled out; `parts` what of the change can be approved by itself, in the same order."""

    request_id: str
    run_id: str
    phase_id: str
    attempt: int
    digest: str
    lines: list[str]
    parts: list[ChoosablePart] = attrs.field(factory=list[ChoosablePart])


@attrs.frozen
class Check:
    name: str
    passed: bool
    required: bool
    message: str
    hint: str = ""


@attrs.frozen
class Health:
    checks: list[Check]


@attrs.frozen
class Explanation:
    """A rule in Markdown, and the same as a file that was opened where the client can."""

    code: str
    name: str
    markdown: str
    uri: str
    shown: bool


@attrs.frozen
class RunList:
    runs: list[RunSnapshot]
