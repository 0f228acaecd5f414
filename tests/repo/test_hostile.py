"""Repositories that try to run something: no step of a run, up to a person's promotion, may start their payload."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from autopack.model.plan import Workspace
from autopack.repo import PrivateRepo, Publisher, UserRepo, Worktree, snapshot
from tests.repo.conftest import Candidates

HOOKS = (
    "applypatch-msg", "pre-commit", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push",
    "pre-auto-gc", "post-rewrite", "reference-transaction", "post-index-change", "fsmonitor-watchman", "update",
    "pre-receive", "post-receive", "post-update", "push-to-checkout", "proc-receive", "commit-msg",
)  # fmt: skip
STATE = "{STATE}"
CONFIGS = {
    "fsmonitor": "[core]\n\tfsmonitor = {P}\n\tuntrackedCache = true\n",
    "diff": "[diff]\n\texternal = {P}\n[diff \"d\"]\n\tcommand = {P}\n\ttextconv = {P}\n",
    "filter": "[filter \"f\"]\n\tclean = {P}\n\tsmudge = {P}\n\trequired = true\n",
    "process": "[filter \"f\"]\n\tprocess = {P}\n\trequired = true\n",
    "odd filter": "[filter \"a=b.c \\\"d\\\"\"]\n\tclean = {P}\n\tsmudge = {P}\n\tprocess = {P}\n",
    "merge": "[merge \"m\"]\n\tdriver = {P} %O %A %B\n[merge]\n\ttool = {P}\n",
    "pager": "[core]\n\tpager = {P}\n\teditor = {P}\n[pager]\n\tlog = {P}\n\tstatus = {P}\n\tdiff = {P}\n",
    "gpg": "[gpg]\n\tprogram = {P}\n[commit]\n\tgpgSign = true\n[log]\n\tshowSignature = true\n"
    "[tag]\n\tgpgSign = true\n",
    "transport": "[core]\n\tsshCommand = {P}\n\tgitProxy = {P}\n\talternateRefsCommand = {P}\n\taskPass = {P}\n"
    "[credential]\n\thelper = !{P}\n[protocol \"ext\"]\n\tallow = always\n[uploadpack]\n\tpackObjectsHook = {P}\n",
    "insteadOf": "[url \"ext::{P} \"]\n\tinsteadOf = /\n[protocol \"ext\"]\n\tallow = always\n",
    "remote of our path": "[remote \"{STATE}\"]\n\turl = ext::{P}\n\tuploadpack = {P}\n\tvcs = ext\n"
    "\tfetch = +refs/autopack/*:refs/heads/*\n\tprune = true\n[protocol \"ext\"]\n\tallow = always\n",
    "uploadpack of our path": "[remote \"{STATE}\"]\n\turl = {STATE}\n\tuploadpack = {P}\n",
    "refspecs of our path": "[remote \"{STATE}\"]\n\turl = {STATE}\n\tfetch = +refs/autopack/*:refs/heads/x/*\n"
    "\tprune = true\n\tpruneTags = true\n\ttagOpt = --tags\n[fetch]\n\tprune = true\n\tpruneTags = true\n",
    "alias": "[alias]\n\tstatus = !{P}\n\trev-parse = !{P}\n\tls-tree = !{P}\n",
    "submodule": "[submodule]\n\trecurse = true\n[submodule \"x\"]\n\tupdate = !{P}\n\turl = ./x\n\tactive = true\n",
    "gc": "[gc]\n\tauto = 1\n\trecentObjectsHook = {P}\n[maintenance]\n\tauto = true\n"
    "[fetch]\n\twriteCommitGraph = true\n",
    "include": "[include]\n\tpath = ../evil.cfg\n",
    "partial": "[remote \"origin\"]\n\turl = ext::{P}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n"
    "[protocol \"ext\"]\n\tallow = always\n",
}  # fmt: skip
ATTRIBUTES = '* filter=f diff=d merge=m\n*.py filter="a=b.c" diff=d merge=m\n*.txt ident\n'


def whole_run(repo) -> None:
    """Everything the door does for a run, on this repository."""
    user = UserRepo.open(repo.root)
    user.dirty(), user.checked_out(), user.tags(), user.tracked("HEAD")
    before = user.fingerprint()
    private = PrivateRepo.ensure(repo.base / "state", user)
    base = snapshot(user, private, 1).commit
    publisher = Publisher(user, private)
    publisher.pin("r1", user.head().commit)
    worktree = Worktree.open(private, user, repo.base / "wt/r1", "r1")
    worktree.checkout(base)
    worktree.provision(Workspace.model_validate({"copy": ["*.cfg"]}))
    made = Candidates(private).make(base, {"src/app.py": "x\n", "new.py": "n\n", ".gitattributes": ATTRIBUTES + "#\n"})
    private.patch(base, made), private.stat(base, made), private.numstat(base, made), private.log(base, made)
    assert private.apply(private.tree(base), private.patch(base, made)) == private.tree(made)
    worktree.checkout(made)
    (worktree.path / "src/app.py").write_text("changed by a test\n")
    assert worktree.clean(made) == ("src/app.py",)
    worktree.throwaway(made)
    publisher.publish("r1", made, None)
    publisher.remove("r1")
    private.close()
    assert before.difference(user.fingerprint()) == []


@pytest.fixture
def hostile(repo):
    """Arms a repository, and shows afterwards that the payload works and did not run."""
    payload, mark = repo.payload()
    repo.write(".gitattributes", ATTRIBUTES)
    repo.write("a.cfg", "x")
    repo.commit()
    repo.write("src/app.py", "uncommitted\n")
    repo.write("README.md", "READ ME\n")
    repo.write("untracked.py", "new\n")
    yield payload, mark
    assert not mark.exists()
    subprocess.run([payload], stdin=subprocess.DEVNULL, check=True)
    assert mark.exists()


@pytest.mark.parametrize("name", CONFIGS)
def test_local_configuration(repo, hostile, name):
    payload, _ = hostile
    text = CONFIGS[name].replace("{P}", payload).replace("{STATE}", str(repo.base / "state/repo.git"))
    (repo.root / "evil.cfg").write_text(CONFIGS["fsmonitor"].replace("{P}", payload))
    with (repo.root / ".git/config").open("a") as config:
        config.write(text)
    whole_run(repo)


def test_worktree_configuration(repo, hostile):
    payload, _ = hostile
    with (repo.root / ".git/config").open("a") as config:
        config.write("[extensions]\n\tworktreeConfig = true\n")
    (repo.root / ".git/config.worktree").write_text(
        (CONFIGS["filter"] + CONFIGS["fsmonitor"]).replace("{P}", payload)
    )  # fmt: skip
    whole_run(repo)


@pytest.mark.parametrize("where", ["default", "hooksPath"])
def test_hooks(repo, hostile, where):
    payload, _ = hostile
    folder = repo.root / (".git/hooks" if where == "default" else ".githooks")
    folder.mkdir(exist_ok=True)
    for name in HOOKS:
        shutil.copy(payload, folder / name)
    if where == "hooksPath":
        with (repo.root / ".git/config").open("a") as config:
            config.write("[core]\n\thooksPath = .githooks\n")
    whole_run(repo)


def test_embedded_bare_repository(repo, hostile):
    payload, _ = hostile
    inner = repo.root / "emb"
    subprocess.run(["git", "init", "-q", "--bare", inner], check=True)
    with (inner / "config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = {payload}\n\tworktree = ..\n\tbare = false\n")
    whole_run(repo)


def test_users_own_global_filters_do_not_run_either(repo, hostile, isolated):
    payload, _ = hostile
    with (isolated / ".gitconfig").open("a") as config:
        config.write(CONFIGS["filter"].replace("{P}", payload) + CONFIGS["fsmonitor"].replace("{P}", payload))
    whole_run(repo)


def test_a_git_in_the_repository_is_not_ours(repo, hostile, monkeypatch):
    payload, _ = hostile
    from autopack.repo.git import git_binary

    shutil.copy(payload, repo.root / "git")
    shutil.copy(payload, repo.root / "git-upload-pack")
    monkeypatch.chdir(repo.root)
    monkeypatch.setenv("PATH", f"{repo.root}:.:/usr/bin:/bin")
    git_binary.cache_clear()
    whole_run(repo)
    git_binary.cache_clear()
