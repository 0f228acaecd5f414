"""What an answer asks for beside or instead of a change: paths beyond the phase's scope, each with the reason why."""

from __future__ import annotations

from typing import Any, cast

from autopack.changes.refusal import Refusals
from autopack.model.changes import PathRequest
from autopack.paths import PathRefused, canonical, printable

MOST_REQUESTS, MOST_PATHS = 10, 50
"""Of one answer, all its requests together."""
SHORTEST_WHY, LONGEST_WHY = 10, 1000
"""Characters, white space at the ends and between words not counted twice."""
_KEYS = {"paths", "why"}
_SHAPE = '"requests" is a list of {"paths": ["exact/path.py"], "why": "..."}'


def read_requests(
    value: Any, where: str, known: tuple[PathRequest, ...], problems: Refusals
) -> tuple[PathRequest, ...]:
    """`known` and what `value` asks for besides; () with what is wrong in `problems`."""
    count = len(problems.findings)
    if not isinstance(value, list) or not value:
        problems.add("AP201", f"{where}: {_SHAPE}")
        return ()
    found = [*known]
    for number, entry in enumerate(cast("list[Any]", value), len(known) + 1):
        if number > MOST_REQUESTS:
            problems.add("AP207", f"{where}: more than {MOST_REQUESTS} requests. Ask for less.")
            return ()
        asked = _request(entry, f"{where}, requests[{number}]", problems)
        if asked is not None:
            found.append(asked)
    paths = [path for each in found for path in each.paths]
    if len(paths) > MOST_PATHS:
        problems.add("AP207", f"{where}: the requests name {len(paths)} paths, at most {MOST_PATHS} can be asked for.")
    for path in sorted({path for path in paths if paths.count(path) > 1}):
        problems.add("AP201", f"{where}: {printable(path)} is asked for twice", path=path)
    return tuple(found) if len(problems.findings) == count else ()


def _request(entry: Any, where: str, problems: Refusals) -> PathRequest | None:
    request = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    paths, why = request.get("paths"), request.get("why")
    if set(request) != _KEYS or not isinstance(paths, list) or not paths or not isinstance(why, str):
        problems.add("AP201", f"{where}: {_SHAPE}, and no other key")
        return None
    listed = cast("list[Any]", paths)
    if len(listed) > MOST_PATHS:
        problems.add("AP207", f"{where}: {len(listed)} paths, at most {MOST_PATHS} can be asked for.")
        return None
    said = " ".join(why.encode("utf-8", "replace").decode().split())
    if not SHORTEST_WHY <= len(said) <= LONGEST_WHY:
        problems.add("AP201", f'{where}: "why" has {len(said)} characters; say it in {SHORTEST_WHY} to {LONGEST_WHY}')
    good = [path for path in listed if _exact(path, where, problems)]
    return PathRequest(tuple(good), said) if len(good) == len(listed) else None


def _exact(path: Any, where: str, problems: Refusals) -> bool:
    """Whether it names one file; asking for what nobody may touch is refused and touches nothing yet."""
    if not isinstance(path, str):
        problems.add("AP201", f"{where}: a path is text")
        return False
    try:
        canonical(path)
    except PathRefused as error:
        problems.add(error.code, f"{where}: {error.message}. {error.hint}")
        return False
    if "*" in path or "?" in path:
        problems.add("AP201", f"{where}: {printable(path)} is a pattern; name each file exactly", path=path)
        return False
    return True
