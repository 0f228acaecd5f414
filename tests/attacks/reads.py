"""Cases about what the product reads and shows: prompts, settings of a workspace, bundles, reports of its own errors."""

from __future__ import annotations

import re
import time
from typing import Any

from autopack.builder import render_prompt
from autopack.context import gather
from autopack.model.attempt import Attempt
from autopack.model.plan import Phase, Plan, RunSpec, Scope
from autopack.paths import folded
from autopack.redaction import Redactor
from autopack.repo import PrivateRepo, UserRepo
from autopack.service import Service
from autopack.settings import load_settings
from autopack.settings.tree import leaves
from tests.attacks.answers import OURS
from tests.attacks.product import FIX, PHASE, Scene, drive, folder_of, launch
from tests.attacks.runs import answer, memory
from tests.kit.project import whole

FRAME = re.compile(r"^<<<([0-9a-f]{12}) file [^\n]*>>>\n(.*?)^<<<\1 end>>>$", re.S | re.M)


def prompt_context(scene: Scene) -> dict[str, Any]:
    """The prompt as it would be sent, and what a run with it keeps."""
    scene.add_files(scene.payload.get("files", {}), commit=True)
    scope = scene.payload.get("scope", ["**"])
    user = UserRepo.open(scene.repo)
    private = PrivateRepo.ensure(scene.state / "one", user)
    try:
        prompt = _prompt(scene, user, private, [folder_of(entry) for entry in scope])
    finally:
        private.close()
    wanted = scene.case.get("observe") or {}
    if "artefacts_not_contain" in wanted:
        assert drive(scene, scene.plan(scope=["src/**"]), scene.cassette(answer(FIX))).complete
    return {
        "outcome": "allowed",
        "observed": {
            "prompt_contains": prompt,
            "prompt_not_contains": prompt,
            "artefacts_not_contain": scene.texts(),
            "prompt_no_codepoints": [] if re.search("[\U000e0000-\U000e007f]", prompt) else ["E0000-E007F"],
            "prompt_boundary_intact": _intact(prompt, scene.payload.get("files", {})),
        },
    }


def _prompt(scene: Scene, user: UserRepo, private: PrivateRepo, scope: list[str]) -> str:
    settings = load_settings(user.root, env=scene.env).settings
    phase = Phase(id=PHASE, goal=scene.payload["goal"], scope=Scope(paths=scope))
    plan = Plan(autopack=1, run=RunSpec(id="attack"), phases=[phase])
    commit = user.head().commit
    tree = private.tree(commit)
    redactor = Redactor.from_environment(scene.env)
    context = gather(phase, tree, private, settings.context, redactor)
    forms = {file.path: "content" for file in context.files}
    made = render_prompt(plan, phase, Attempt("r", PHASE, 1, commit, tree, context=context), context, forms,
                         redactor=redactor)  # fmt: skip
    return "\n".join((made.system, made.stable, made.prompt))


def _intact(prompt: str, files: dict[str, str]) -> bool:
    """Every line of the case's files stands inside a frame, and nowhere outside one."""
    inside = "\n".join(body for _, body in FRAME.findall(prompt))
    outside = FRAME.sub("", prompt)
    lines = [line for text in files.values() for line in text.splitlines() if len(line) > 5]
    return all(line in inside and line not in outside for line in lines)


KEYS = {
    "governance.protected_paths": "policy.never",
    "doctor.allow_execute_fix_global": "replay",
    "doctor.max_execute_fix_per_phase": "policy.deletion_notify",
    "doctor.min_confidence_for_cheap": "caps.money_cap_usd",
    "doctor_models.cheap": "models.builder",
    "doctor_models.strong": "models.auditor",
}
MODELS = {"claude-opus-4-5": "claude-opus-5-5"}
"""Keys of the catalogue's workspace file as the nearest of ours: a protection, a switch that only the user may turn on,
a number a workspace may lower, a number that may not be NaN, a choice among known models
(those of this installation). Others stay as they are."""


def workspace_config(scene: Scene) -> dict[str, Any]:
    """The workspace's settings file is loaded; blocked = something was refused, or does not hold although it is said."""
    before = load_settings(scene.repo, env=scene.env).settings
    files = {OURS.get(name, name): _in_our_words(text) for name, text in scene.payload["files"].items()}
    scene.add_files(files, commit=False)
    began = time.perf_counter()
    loaded = load_settings(scene.repo, env=scene.env)
    seconds = time.perf_counter() - began
    settings = loaded.settings
    held = dict(leaves(settings.model_dump(mode="json")))
    said = {tuple(key.split(".")): value for text in files.values() for key, value in _plain_leaves(text)}
    unmet = [key for key, value in said.items() if held.get(key) != value]
    started = drive(scene, scene.plan(scope=["src/**"]), scene.cassette(answer(FIX))) if loaded.errors else None
    urls = [provider.base_url or "" for provider in settings.providers.values()]
    return {
        "outcome": "blocked" if loaded.findings or unmet else "allowed",
        "observed": {
            "config_ok": not loaded.findings,
            "refused_to_start": started is not None and not started.run,
            "execute_fix_enabled": settings.replay,
            "max_execute_fix_per_phase": settings.policy.deletion_notify,
            "approvals_mode": "ask" if RunSpec(id="x").autonomy == "supervised" else "auto",
            "protected_contains": [folded(p) for p in settings.policy.never if p in before.policy.never],
            "egress_hosts_not_contains": [url.split("/")[2] for url in urls if "//" in url],
            "server_alive": True,
            "parse_s_max": seconds,
            "rss_mb_max": memory(),
            "findings": [finding.message for finding in loaded.findings],
        },
    }


def _in_our_words(text: str) -> str:
    """The file with the known keys renamed and regrouped line by line; a file of another shape stays as it is."""
    out: list[str] = []
    section = ""
    for line in text.split("\n"):
        top = re.fullmatch(r"(\w+):", line)
        inner = re.fullmatch(r"  (\w+): (.*)", line)
        if top and any(key.startswith(f"{top[1]}.") for key in KEYS):
            section = top[1]
        elif section and inner and f"{section}.{inner[1]}" in KEYS:
            ours, value = KEYS[f"{section}.{inner[1]}"], inner[2]
            *groups, name = ours.split(".")
            group = f"{groups[0]}:" if groups else ""
            if group and group not in out:
                out.append(group)
            value = MODELS.get(value, value)
            out.append(f"{'  ' if groups else ''}{name}: {value}")
        else:
            section = "" if line.strip() else section
            out.append(line)
    return "\n".join(out)


def _plain_leaves(text: str) -> list[tuple[str, Any]]:
    """What a well-formed file says, dotted; [] for a file that is none."""
    import yaml

    if "&" in text or "!!" in text:
        return []
    value = yaml.safe_load(text)
    return [(".".join(loc), item) for loc, item in leaves(value)] if isinstance(value, dict) else []


def handoff_bundle(scene: Scene) -> dict[str, Any]:
    """A phase that fails, and the bundle made of it for somebody else."""
    files = scene.payload["files"]
    scene.add_files(files, commit=True)
    wrong = [whole(name, "A = (\n") for name in files]
    seen = drive(
        scene, scene.plan(scope=["src/**"]), scene.cassette(answer(*wrong, whole("src/b.py", "raise ValueError\n")))
    )
    with Service.open(scene.repo, env=scene.env) as service:
        bundle = service.handoff(seen.run)
    made = [p for p in bundle.rglob("*") if p.is_file()] if bundle.is_dir() else [bundle]
    text = "\n".join(p.read_text("utf-8", errors="replace") for p in made)
    return {"outcome": "allowed", "observed": {"artefacts_not_contain": scene.texts() + text, "files": len(made)}}


def internal_error(scene: Scene) -> dict[str, Any]:
    """Autopack breaks in the middle of a run while it holds keys: what it says and keeps of that."""
    flag = scene.place / "fault"
    flag.touch()
    secret = scene.payload["locals"]
    plan = scene.plan(scope=["src/**"])
    ended = launch(
        scene, "run", str(plan), "--cassette", str(scene.cassette(answer(FIX))), "--trust-plan",
        env={"ANTHROPIC_API_KEY": secret["api_key"], "X_TOKEN": secret["headers"]["Authorization"],
             "AUTOPACK_FAULT": "step.before:raise",
             "AUTOPACK_FAULT_ENABLE": str(flag)},
    )  # fmt: skip
    assert ended.code != 0 and "did not expect this" in ended.stderr, str(ended)
    shown = ended.stderr + str(ended.events)
    return {"outcome": "blocked", "observed": {"artefacts_not_contain": scene.texts(), "lsp_not_contains": shown}}
