"""A person at the demo's editor: presses what the server offers and shows, line by line, what the editor would."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from autopack_server.demo.editor import Editor

RUN_SECONDS = 240
_MARKS = {1: "error", 2: "warning", 3: "info", 4: "hint"}


class Session:
    """`presses` are the buttons this person presses in messages; every message is kept in `asked`, every file that was
    opened in `opened`."""

    def __init__(self, root: Path, env: Mapping[str, str], out: IO[str], presses: Sequence[str]) -> None:
        self._out = out
        self._presses = presses
        self._began = time.monotonic()
        self._last = ""
        self.root = root
        self.asked: list[str] = []
        self.opened: list[Path] = []
        self.progress: list[str] = []
        self.editor = Editor(root, env, self._hears)

    def say(self, text: str = "") -> None:
        self._out.write(f"{text}\n")
        self._out.flush()

    def _hears(self, method: str, params: Any) -> Any:
        if method == "window/showMessageRequest":
            return self._press(params)
        if method == "window/showDocument":
            path = Path(params["uri"].removeprefix("file://"))
            self.opened.append(path)
            self.say(f"  [opened]   {self._short(path)}")
            return {"success": True}
        if method == "$/progress":
            self.progress.append(params["value"]["kind"])
            self._show_progress(params["value"])
        elif method == "window/showMessage":
            self.say(f"  [message]  {params['message']}")
        return None

    def _press(self, params: Mapping[str, Any]) -> Any:
        text, titles = params["message"], [action["title"] for action in params["actions"]]
        self.asked.append(text)
        first, *rest = text.splitlines()
        self.say(f"  [message]  {first}")
        for line in rest:
            self.say(f"             {line}")
        chosen = next((title for title in titles if title in self._presses), "")
        self.say(f"             {'   '.join(f'<{t}>' if t == chosen else f'[{t}]' for t in titles)}")
        return {"title": chosen} if chosen else None

    def _show_progress(self, value: Mapping[str, Any]) -> None:
        text = value.get("message") or value["kind"]
        if text == self._last:
            return
        self._last = text
        percent = f"{value['percentage']:3d} %" if "percentage" in value else "     "
        self.say(f"  [progress] {time.monotonic() - self._began:5.1f} s  {percent}  {text}")

    def _short(self, path: Path) -> str:
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    # what is looked at

    def run(self, run: str) -> dict[str, Any]:
        return self.editor.runs.get(run, {})

    def until_it_rests(self, run: str) -> dict[str, Any]:
        """Wait until nobody works on the run and it has ended or asks for a person; its snapshot."""

        def rests() -> dict[str, Any] | None:
            now = self.run(run)
            return now if now and not now["atWork"] and (now["ended"] or now["requests"]) else None

        return self.editor.wait(rests, RUN_SECONDS)

    def problems(self, run: str, phase: str) -> list[tuple[str, dict[str, Any]]]:
        """The diagnostics of a phase with their documents."""
        return [
            (uri, d)
            for uri, found in self.editor.diagnostics.items()
            for d in found
            if isinstance(d.get("data"), dict) and (d["data"].get("run"), d["data"].get("phase")) == (run, phase)
        ]

    def show_problem(self, uri: str, problem: Mapping[str, Any]) -> str:
        """A line of the Problems view; `path:line:column`."""
        start = problem["range"]["start"]
        place = f"{self._short(Path(uri.removeprefix('file://')))}:{start['line'] + 1}:{start['character'] + 1}"
        self.say(f"  [problem]  {place}  {_MARKS[problem['severity']]}  {problem.get('code', '')}")
        for line in problem["message"].splitlines():
            self.say(f"             {line}")
        for related in problem.get("relatedInformation", ())[:3]:
            self.say(f"             see {related['message']}")
        return place

    def bulb(self, uri: str, problem: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The light bulb on a problem, shown."""
        actions = self.editor.code_actions(uri, problem)
        for action in actions:
            off = f"   (not now: {action['disabled']['reason']})" if action.get("disabled") else ""
            self.say(f"  [bulb]     {action['title']}{off}")
        return actions

    def close(self) -> int:
        return self.editor.close()
