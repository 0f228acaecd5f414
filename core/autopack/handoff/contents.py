"""The artefacts of a bundle, redacted, each with the excerpt a reader opens first."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from autopack.handoff.facts import BundleFacts, Kind
from autopack.handoff.names import Names
from autopack.model import codec
from autopack.redaction import Redactor, secret_path

LOG_LINES = 100
DOC_LINES = 50
GIVEN = "files/"


@dataclass(frozen=True, slots=True)
class Artefact:
    """`excerpt` is the path of its excerpt, "" when the file is short enough to be read whole."""

    name: str
    path: str
    kind: Kind
    description: str
    data: bytes
    excerpt: str = ""


@dataclass
class Contents:
    """What goes into the bundle, gathered file by file; `left_out` are (name, why)."""

    redactor: Redactor
    artefacts: list[Artefact] = field(default_factory=list[Artefact])
    excerpts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    left_out: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    names: Names = field(default_factory=Names)

    def add(self, folder: str, name: str, kind: Kind, description: str, data: bytes) -> None:
        """Take the file in, redacted; what cannot be redacted is left out and said."""
        if secret_path(name):
            self.left_out.append((name, "its name says it holds secrets"))
            return
        if kind == "binary" or b"\0" in data:
            self.left_out.append((name, "binary content cannot be searched for secrets"))
            return
        raw = data.decode("utf-8", "replace")
        text = self.redactor.text(raw)
        description = self.redactor.text(description)
        if text != raw:
            description = f"{description}; secrets in it are redacted"
            if name.endswith(".patch"):
                description += ", so it may not apply as it is"
        self._keep(folder, self.redactor.text(name), kind, description, data if text == raw else text.encode())

    def _keep(self, folder: str, name: str, kind: Kind, description: str, data: bytes) -> None:
        path = self.names.claim(folder, name)
        piece = excerpt(data, kind) if folder == GIVEN else None
        where = self.names.claim("excerpts/", f"{path.replace('/', '-')}.txt") if piece is not None else ""
        if piece is not None:
            self.excerpts[where] = piece
        self.artefacts.append(Artefact(name, path, kind, description, data, where))

    def listed(self) -> list[Artefact]:
        """Sorted by kind, then name."""
        return sorted(self.artefacts, key=lambda a: (a.kind, a.name, a.path))


def excerpt(data: bytes, kind: Kind) -> bytes | None:
    """The last lines of a log, the first of a document; None when that would be all of it, or for other kinds."""
    lines = data.splitlines(keepends=True)
    if kind == "log" and len(lines) > LOG_LINES:
        return b"".join(lines[-LOG_LINES:])
    if kind == "doc" and len(lines) > DOC_LINES:
        return b"".join(lines[:DOC_LINES])
    return None


def gather(facts: BundleFacts, redactor: Redactor) -> Contents:
    """Findings, patches, answers and the files given."""
    contents = Contents(redactor)
    for attempt in facts.attempts:
        number = attempt.number
        if attempt.patch is not None:
            contents.add("patches/", f"attempt-{number}.patch", "text", f"the change attempt {number} proposed",
                         attempt.patch)  # fmt: skip
        for part, answer in enumerate(attempt.answers, 1):
            several = len(attempt.answers) > 1
            name = f"attempt-{number}-part-{part}.txt" if several else f"attempt-{number}.txt"
            told = f"part {part} of the model's raw answer" if several else "the model's raw answer"
            contents.add("answers/", name, "text", f"{told} of attempt {number}", answer.encode("utf-8", "replace"))
    contents.add("", "attempts.json", "data", "every attempt with its outcome and findings", _attempts(facts, redactor))
    for file in facts.files:
        contents.add(GIVEN, file.name, file.kind, file.description, file.data)
    return contents


def _attempts(facts: BundleFacts, redactor: Redactor) -> bytes:
    rows = [
        {
            "attempt": a.number,
            "model": a.model,
            "hint": a.hint,
            "chosen_of": a.chosen_of,
            "amends": a.amends,
            "outcome": codec.dump(a.outcome) if a.outcome is not None else None,
            "risk": codec.dump(a.risk) if a.risk is not None else None,
            "decision": codec.dump(a.decision) if a.decision is not None else None,
            "quality": codec.dump(a.quality) if a.quality is not None else None,
        }
        for a in facts.attempts
    ]
    return (json.dumps(redactor.value(rows), indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()
