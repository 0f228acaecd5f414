"""What the client says of itself and the user's editor settings, all of machine scope, in its initialization options."""

from __future__ import annotations

from typing import Any, Literal, cast, get_args

import attrs

OnExit = Literal["park", "continue"]
OnStart = Literal["ask", "resume", "leave"]


@attrs.frozen
class Options:
    """`settings` are settings of Autopack (docs/settings.md) laid between the user's file and the environment.
    `shows_sides`: the client opens the `autopack:` documents of a patch side by side; `asks_for_text`: it asks the
    person for a hint or reason that a code action leaves open, and for consent to what a refusal with AP121 lists."""

    settings: dict[str, Any] = attrs.field(factory=dict[str, Any])
    on_editor_exit: OnExit = "park"
    on_start: OnStart = "ask"
    replay: bool = False
    shows_sides: bool = False
    asks_for_text: bool = False
    problems: tuple[str, ...] = ()


def read_options(told: Any, *, replay: bool) -> Options:
    """From `initializationOptions`: bad values give a message and the default, never an end."""
    problems: list[str] = []
    given: dict[str, Any] = cast("dict[str, Any]", told) if isinstance(told, dict) else {}

    def chosen(name: str, kind: Any, default: str) -> Any:
        value = given.get(name, default)
        if value in get_args(kind):
            return value
        problems.append(f"{name} must be one of {', '.join(get_args(kind))}, not {value!r}; {default} is used")
        return default

    def flag(name: str) -> bool:
        value = given.get(name, False)
        if not isinstance(value, bool):
            problems.append(f"{name} must be true or false, not {value!r}; false is used")
            return False
        return value

    settings = given.get("settings", {})
    if not isinstance(settings, dict):
        problems.append("settings must be an object; none are used")
        settings = {}
    return Options(
        settings=cast("dict[str, Any]", settings),
        on_editor_exit=chosen("onEditorExit", OnExit, "park"),
        on_start=chosen("onStart", OnStart, "ask"),
        replay=replay or flag("replay"),
        shows_sides=flag("showsSides"),
        asks_for_text=flag("asksForText"),
        problems=tuple(problems),
    )
