"""Writing a bundle: built whole beside its place, flushed to disk, then moved there in one step."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autopack import fault
from autopack.durable import create, flush_folder
from autopack.handoff.contents import Contents, gather
from autopack.handoff.facts import BundleFacts
from autopack.handoff.texts import agent_prompt, summary
from autopack.redaction import Redactor

VERSION = "1.0"
_WRITTEN = fault.register("handoff.written", "the bundle is complete beside its place and not yet in it")


def write_bundle(folder: Path, facts: BundleFacts, redactor: Redactor | None = None) -> Path:
    """Put the bundle at `folder`, in place of an earlier one. The same facts give the same bytes, `generated_at` apart.
    Raises OSError; then an earlier bundle is still there."""
    guard = redactor or Redactor()
    place = facts.place or str(folder)
    contents = gather(facts, guard)
    contents.add("", "prompt.md", "doc", "the task for a fresh agent", agent_prompt(facts, place).encode())
    told = summary(facts, contents, place)
    contents.add("", "summary.md", "doc", "what happened, what is here, what to do next", told.encode())
    files = {a.path: a.data for a in contents.artefacts} | contents.excerpts
    files["index.json"] = _json(_index(facts, contents))
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".tmp.{folder.name}.*"):
        shutil.rmtree(left, ignore_errors=True)
    fresh = _beside(folder)
    try:
        for path, data in sorted(files.items()):
            (fresh / path).parent.mkdir(exist_ok=True)
            create(fresh / path, data, mode=0o666)
        for inner in (fresh, *(p for p in fresh.iterdir() if p.is_dir())):
            flush_folder(inner)
        fault.point(_WRITTEN)
        _put(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    flush_folder(folder.parent)
    return folder


def _index(facts: BundleFacts, contents: Contents) -> dict[str, Any]:
    artefacts = [
        {
            "name": a.name,
            "path": a.path,
            "type": a.kind,
            "description": a.description,
            "size_bytes": len(a.data),
            "excerpt_available": bool(a.excerpt),
        }
        | ({"excerpt": a.excerpt} if a.excerpt else {})
        for a in contents.listed()
    ]
    return {
        "version": VERSION,
        "run_id": facts.run,
        "phase_id": facts.phase.id,
        "generated_at": datetime.fromtimestamp(facts.generated_at, UTC).isoformat(timespec="seconds"),
        "artifact_count": len(artefacts),
        "artifacts": artefacts,
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _beside(folder: Path) -> Path:
    """A new folder that the next bundle of this name clears away, should we die before we do."""
    return Path(tempfile.mkdtemp(prefix=f".tmp.{folder.name}.", dir=folder.parent))


def _put(fresh: Path, folder: Path) -> None:
    """Rename into place. An earlier bundle is moved aside first, and back when the rename fails."""
    fresh.chmod(0o755)
    if not os.path.lexists(folder):
        fresh.rename(folder)
        return
    aside = _beside(folder) / folder.name
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    finally:
        shutil.rmtree(aside.parent, ignore_errors=True)
