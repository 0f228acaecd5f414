"""Attempts to get out of Landlock and the system call filter, as code under test would make them."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from autopack.sandbox import landlock, ruleset
from autopack.sandbox.ruleset import landlock_abi, ruleset_of
from autopack.sandbox.view import ViewRefused, given_view, system_view

# Each attempt prints what came of it; nothing an attempt raises ends the script.
TRY = """
import contextlib, ctypes, errno, os, signal, socket, sys
def attempt(name, act):
    try:
        print(name, 'DONE', act())
    except OSError as error:
        print(name, errno.errorcode[error.errno])
"""


LIBC = "ctypes.CDLL(None, use_errno=True)"
CHECK = "(lambda r: r if r >= 0 else (_ for _ in ()).throw(OSError(ctypes.get_errno(), '')))"


def text(result):
    return result.output.decode()


@pytest.fixture
def tries(landlocked, bench):
    """Runs attempts, one expression each, and tells how each ended."""

    def run(_changes=None, **attempts):
        code = TRY + "".join(f"attempt({name!r}, lambda: {act})\n" for name, act in attempts.items())
        result = bench.run(landlocked, bench.spec(sys.executable, "-c", code, **(_changes or {})))
        assert result.ok, result.output
        return dict(line.split(" ", 1) for line in text(result).splitlines())

    return run


@pytest.fixture
def secret(bench):
    """A file of the user outside of everything that was given."""
    path = bench.outside / "secret"
    path.write_text("secret")
    return path


def test_both_levels_show_the_same(bench):
    """One description: each path of the view is a rule, and nothing else but /proc and the plain devices is."""
    spec = bench.sh("true", readable=(bench.outside,), writable=(bench.worktree,), network=True)
    head, *rules = ruleset_of(spec, 7).split(b"\0")[:-1]
    paths = {os.fsdecode(rule.partition(b" ")[2]) for rule in rules}
    shown = {str(one.source) for one in (*system_view(True), *given_view(spec))}
    own = {"/proc", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}
    assert paths == shown | own
    rights = {os.fsdecode(path): int(number) for number, _, path in (rule.partition(b" ") for rule in rules)}
    assert rights["/usr"] == rights[str(bench.outside)] == 0b1101
    assert rights["/proc"] == 0b1100
    assert head == b"65535 0 3"


@pytest.mark.parametrize(
    ("abi", "head"), [(3, b"32767 0 0"), (4, b"32767 3 0"), (5, b"65535 3 0"), (6, b"65535 3 3"), (99, b"65535 3 3")]
)
def test_a_kernel_is_asked_for_what_it_knows(bench, abi, head):
    assert ruleset_of(bench.sh("true"), abi).split(b"\0")[0] == head


def test_the_users_files_cannot_be_read_or_written(tries, bench, secret):
    key = Path.home() / ".ssh"
    before = secret.stat().st_mtime_ns
    found = tries(
        read=f"open({str(secret)!r}).read()",
        listed=f"os.listdir({str(bench.outside)!r})",
        keys=f"os.listdir({str(key)!r}) if {key.exists()} else os.listdir({str(Path.home())!r})",
        shadow="open('/etc/shadow').read()",
        write=f"open({str(secret)!r}, 'a')",
        empty=f"os.truncate({str(secret)!r}, 0)",
        made=f"open({str(bench.outside / 'made')!r}, 'w')",
        folder=f"os.mkdir({str(bench.outside / 'folder')!r})",
        link=f"os.symlink('x', {str(bench.outside / 'link')!r})",
        removed=f"os.unlink({str(secret)!r})",
        tmp="open('/tmp/autopack-made', 'w')",
        shared="open('/dev/shm/autopack-made', 'w')",
        kernel="open('/proc/sys/kernel/core_pattern', 'r+')",
        own="open('/proc/self/oom_score_adj', 'w')",
        terminals="os.listdir('/dev/pts')",
    )
    assert set(found.values()) == {"EACCES"}, found
    assert (secret.read_text(), secret.stat().st_mtime_ns) == ("secret", before)
    assert sorted(os.listdir(bench.outside)) == ["secret"]


def test_links_lead_nowhere(tries, bench, secret):
    """Neither one that lies there, nor one the command makes, nor one of /proc."""
    (bench.worktree / "planted").symlink_to(bench.outside)
    found = tries(
        planted="open('planted/secret').read()",
        made=f"(os.symlink({str(bench.outside)!r}, 'own'), open('own/secret').read())",
        write="open('planted/new', 'w')",
        root=f"open('/proc/self/root{secret}').read()",
        other_root=f"open('/proc/{os.getpid()}/root{secret}').read()",
        cwd="os.listdir(f'/proc/{os.getppid()}/cwd')",
        up="open('../outside/secret').read()",
    )
    assert {name: said for name, said in found.items() if said not in ("EACCES", "EPERM")} == {}


@pytest.mark.parametrize("kind", ["readable", "writable", "hidden"])
@pytest.mark.parametrize("link", [".git", "sub"])
def test_a_rule_is_never_made_on_a_link_of_the_worktree(landlocked, bench, kind, link):
    (bench.worktree / link).symlink_to(bench.outside)
    target = bench.worktree / link if link == ".git" else bench.worktree / link / "deep"
    given = (bench.worktree, target) if kind == "writable" else (target,)
    result = bench.run(landlocked, bench.sh("echo ran > ran", **{kind: given}))
    assert not result.started
    assert "symbolic link" in result.error
    assert not (bench.worktree / "ran").exists()


def test_a_link_put_there_after_the_rules_were_written_ends_it(landlocked, bench, monkeypatch, secret):
    """Between the view and its enforcement: the launcher opens what the rule names, or nothing at all."""
    given = bench.worktree.parent / "given"
    given.mkdir()
    written = ruleset_of

    def swapped(spec, abi):
        data = written(spec, abi)
        given.rmdir()
        given.symlink_to(bench.outside)
        return data

    monkeypatch.setattr(landlock, "ruleset_of", swapped)
    result = bench.run(landlocked, bench.sh(f"cat {given}/secret; echo ran > ran", readable=(given,)))
    assert not result.started
    assert str(given) in result.error
    assert not (bench.worktree / "ran").exists()


def test_hard_links_and_renames_carry_nothing_over_the_border(tries, bench, secret):
    (bench.worktree / "own").write_text("own")
    shown = bench.worktree.parent / "shown"
    shown.mkdir()
    (shown / "file").write_text("shown")
    found = tries(
        {"readable": (shown,)},
        link_in=f"os.link({str(secret)!r}, 'in')",
        link_shown_in=f"os.link({str(shown / 'file')!r}, 'in')",
        link_out=f"os.link('own', {str(bench.outside / 'out')!r})",
        move_in=f"os.rename({str(secret)!r}, 'in')",
        move_shown_in=f"os.rename({str(shown / 'file')!r}, 'in')",
        move_out=f"os.rename('own', {str(bench.outside / 'out')!r})",
        write_shown=f"open({str(shown / 'file')!r}, 'w')",
        within="(os.mkdir('sub'), os.rename('own', 'sub/own'), os.link('sub/own', 'again'))",
    )
    assert found.pop("within").startswith("DONE")
    assert set(found.values()) <= {"EACCES", "EXDEV", "EPERM"}, found
    assert ((shown / "file").read_text(), secret.read_text()) == ("shown", "secret")
    assert list(bench.outside.iterdir()) == [secret]


def test_other_processes_are_out_of_reach(tries):
    """Memory, environment, files, limits and signals: of an innocent one, of the launcher and of this one."""
    with subprocess.Popen(["sleep", "60"], env={"SOME_API_KEY": "sk-secret"}) as other:
        found = tries(
            environment=f"open('/proc/{other.pid}/environ').read()",
            own_environment=f"open('/proc/{os.getpid()}/environ').read()",
            watcher="open(f'/proc/{os.getppid()}/environ').read()",
            memory=f"open('/proc/{other.pid}/mem', 'rb').read(1)",
            files=f"open('/proc/{other.pid}/fd/0')",
            file_names=f"os.readlink('/proc/{other.pid}/fd/0')",
            folder=f"os.listdir('/proc/{other.pid}/root')",
            trace=f"{CHECK}({LIBC}.ptrace(ctypes.c_long(16), ctypes.c_long({other.pid}), None, None))",
            vm=f"{CHECK}({LIBC}.process_vm_readv({other.pid}, None, 0, None, 0, 0))",
            limits=f"__import__('resource').prlimit({other.pid}, 7, (0, 0))",
        )
        if landlock_abi() >= ruleset.SIGNALS_ABI:
            found |= tries(
                signal=f"os.kill({other.pid}, 9)",
                signal_watcher="os.kill(os.getppid(), 19)",
                signal_us=f"os.kill({os.getpid()}, 0)",
                pidfd=f"signal.pidfd_send_signal(os.pidfd_open({other.pid}), 9)",
            )
        assert other.poll() is None
        other.kill()
    assert set(found.values()) <= {"EACCES", "EPERM"}, found


def test_services_of_the_machine_are_out_of_reach(tries, bench):
    """Landlock 7 does not know connecting to a socket file; no socket that could connect can be made."""
    path = bench.outside / "service"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mailbox:
        listener.bind(str(path))
        listener.listen()
        mailbox.bind(str(bench.outside / "mailbox"))
        attempts = {
            "stream": f"socket.socket(socket.AF_UNIX).connect({str(path)!r})",
            "datagram": "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
            "pair": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', "
            f"{str(bench.outside / 'mailbox')!r})",
        }
        for network in (False, True):
            found = tries({"network": network}, **attempts)
            assert set(found.values()) == {"EPERM"}, (network, found)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_connected_pair_stays_one(tries, bench):
    """What asyncio, subprocess and multiprocessing pipes use, and it cannot be turned to another peer."""
    path = bench.outside / "service"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        found = tries(
            used="(lambda a, b: (a.send(b'x'), b.recv(1)))(*socket.socketpair())",
            loop="__import__('asyncio').run(__import__('asyncio').sleep(0))",
            turned=f"socket.socketpair()[0].connect({str(path)!r})",
            bound="(lambda a: (a.bind('here'), a.listen()))(socket.socketpair()[0])",
        )
    assert found == {"used": "DONE (1, b'x')", "loop": "DONE None", "turned": "EISCONN", "bound": "EINVAL"}


FAMILIES = ["AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"]


def test_no_network_unless_given(tries):
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect = f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 3).getpeername()[0]"
        kinds = {name: f"socket.socket(socket.{name}, socket.SOCK_RAW)" for name in FAMILIES}
        udp = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))"
        apart = tries(tcp=connect, udp=udp, **kinds)
        given = tries({"network": True}, tcp=connect, udp=udp)
    assert set(apart.values()) == {"EPERM"}, apart
    assert given == {"tcp": "DONE 127.0.0.1", "udp": "DONE 1"}


def test_landlock_alone_closes_tcp_too(tries, monkeypatch):
    """The second lock: with a filter that lets Internet sockets pass, TCP stays shut."""
    if landlock_abi() < 4:
        pytest.skip("Landlock of this kernel does not know TCP")
    through = landlock.filter_for
    monkeypatch.setattr(landlock, "filter_for", lambda machine, **_: through(machine, namespaces=False, network=True))
    found = tries(
        connect="socket.socket().connect(('127.0.0.1', 9))",
        listen="socket.socket().bind(('127.0.0.1', 0))",
    )
    assert set(found.values()) == {"EACCES"}, found


def test_kernel_doors_are_shut(tries, bench):
    found = tries(
        shared=f"{CHECK}({LIBC}.shmget(0, 4096, 0o1600))",
        attributes="os.setxattr('.', 'user.x', b'x')",
        device="os.mknod('device', 0o20600, os.makedev(1, 3))",
        owner="os.chown('.', 12345, 12345)",
    )
    assert set(found.values()) <= {"EPERM", "EACCES"}, found


def test_root_is_no_more_than_another_user(landlocked, bench):
    status = text(bench.run(landlocked, bench.sh("grep -E '^Cap(Inh|Prm|Eff|Amb)|^NoNew|^Seccomp:' /proc/self/status")))
    lines = {name: int(value, 16) for name, value in (line.split(":") for line in status.splitlines())}
    assert lines == {"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapAmb": 0, "NoNewPrivs": 1, "Seccomp": 2}


def test_a_program_made_in_memory_is_as_confined(landlocked, bench, secret):
    code = (
        "import os, shutil; fd = os.memfd_create('x', 0)\n"
        "with open('/usr/bin/cat', 'rb') as cat, open(fd, 'wb', closefd=False) as file: shutil.copyfileobj(cat, file)\n"
        f"os.execv(f'/proc/self/fd/{{fd}}', ['cat', {str(secret)!r}])"
    )
    result = bench.run(landlocked, bench.spec(sys.executable, "-c", code))
    assert result.exit_code == 1
    assert "Permission denied" in text(result)


def test_a_loaded_library_changes_nothing(landlocked, bench, secret):
    """LD_PRELOAD runs code in every program of the tree, and all of it is inside."""
    result = bench.run(landlocked, bench.sh(f"LD_PRELOAD={secret} /usr/bin/cat {secret}; echo $?"))
    assert "secret" not in text(result).replace(str(secret), "")


def test_no_descriptor_leads_out(tries, bench, secret):
    """Rules, filter and pipes of the launcher are closed; a descriptor the caller passes is all there is."""
    held = os.open(secret, os.O_RDONLY)
    os.set_inheritable(held, True)
    try:
        found = tries(
            held="sorted(map(int, os.listdir('/proc/self/fd')))",
            again="[open(f'/proc/self/fd/{n}').fileno() for n in range(3, 30) if os.path.exists(f'/proc/self/fd/{n}')]",
        )
    finally:
        os.close(held)
    assert found["held"] == "DONE [0, 1, 2, 3]"
    assert found["again"] in ("DONE []", "ENOENT")


def test_children_and_their_children_inherit(landlocked, bench, secret):
    result = bench.run(landlocked, bench.sh(f"setsid sh -c 'sh -c \"cat {secret}\"' & wait; (cat {secret})"))
    assert text(result).count("Permission denied") == 2


def test_temporary_folder_and_home_are_private_and_gone(landlocked, bench):
    script = "echo $HOME $TMPDIR; echo x > $HOME/f; mkdir -p $TMPDIR/shut/in; chmod 0 $TMPDIR/shut; mktemp"
    first, second = (text(bench.run(landlocked, bench.sh(script))).split() for _ in range(2))
    home, tmp, made = first
    assert Path(made).parent == Path(tmp)
    assert not set(first) & set(second)
    assert not Path(home).parent.exists()


def test_no_tree_is_too_deep_to_be_removed(landlocked, bench):
    """Deeper than Python recurses and than a path may be long; beside it a link to the user's folder, which stays."""
    (bench.outside / "kept").write_text("x")
    code = (
        "import os; os.chdir(os.environ['TMPDIR']); print(os.getcwd(), flush=True)\n"
        f"os.symlink({str(bench.outside)!r}, 'link')\n"
        "for _ in range(3000): os.mkdir('1'); os.chdir('1')"
    )
    result = bench.run(landlocked, bench.spec(sys.executable, "-c", code))
    assert result.ok, result.output
    assert not Path(text(result).strip()).parent.exists()
    assert (bench.outside / "kept").exists()


def test_a_scratch_folder_of_the_spec_is_used_as_it_is(landlocked, bench):
    env = {**bench.sh("true").env, "HOME": str(bench.worktree), "TMPDIR": str(bench.worktree)}
    result = bench.run(landlocked, bench.sh("echo $HOME $TMPDIR", env=env))
    assert text(result).split() == [str(bench.worktree)] * 2


def test_less_inside_of_more_is_refused(landlocked, bench):
    """Landlock adds rights up: what it cannot take away is said, and the command not started."""
    git = bench.worktree / ".git"
    git.mkdir()
    for changes, said in (({"readable": (git,)}, "read-only at level 2"), ({"hidden": (git,)}, "hidden at level 2")):
        result = bench.run(landlocked, bench.sh("echo ran > ran", **changes))
        assert not result.started
        assert said in result.error
    assert not (bench.worktree / "ran").exists()


@pytest.mark.parametrize("lost", ["filter", "rule", "ruleset"])
def test_a_step_that_fails_keeps_the_command_from_starting(landlocked, bench, monkeypatch, lost):
    if lost == "filter":
        monkeypatch.setattr(landlock, "filter_for", lambda *_, **__: b"\xff" * 8)
    elif lost == "rule":
        monkeypatch.setattr(landlock, "ruleset_of", lambda *_: b"4 0 0\x004 /no/such/place\0")
    else:
        monkeypatch.setattr(landlock, "ruleset_of", lambda *_: b"%d 0 0\0" % (1 << 60))
    result = bench.run(landlocked, bench.sh("echo ran > ran"))
    assert (result.started, result.exit_code) == (False, 126)
    assert "could not be set up" in result.error
    assert lost != "rule" or "/no/such/place" in result.error
    assert not (bench.worktree / "ran").exists()


def test_this_process_is_not_confined_by_it(landlocked, bench, secret):
    bench.run(landlocked, bench.sh("true"))
    assert secret.read_text() == "secret"
    with contextlib.closing(socket.socket()), open("/proc/self/status") as status:
        assert "Seccomp:\t0" in status.read()


def test_an_ordinary_user_is_confined_alike(landlocked, bench, secret):
    """Nothing of it needs root, and root's own rights are not what the other tests rest on."""
    if os.getuid() != 0:
        pytest.skip("this is an ordinary user")
    python = Path("/usr/bin/python3")
    if not python.exists():
        pytest.skip("needs an interpreter that other users can run")
    launcher = (Path(landlock.__file__).with_name("launcher.py")).read_text()
    code = bench.worktree.parent / "launcher.py"
    code.write_text(launcher)
    spec = bench.sh(f"cat {secret}; echo made > {bench.worktree}/made")
    rules, program = landlock.confinement(spec).ruleset, landlock.confinement(spec).program
    for path in (bench.worktree, *bench.worktree.parents):
        if not path.stat().st_mode & stat.S_IXOTH:
            path.chmod(path.stat().st_mode | stat.S_IXOTH)
    os.chown(bench.worktree, 65534, 65534)
    files = []
    for data in (rules, program):
        files.append(os.memfd_create("x"))
        os.write(files[-1], data)
        os.lseek(files[-1], 0, os.SEEK_SET)
        os.set_inheritable(files[-1], True)
    life, _end = os.pipe()
    status_r, status_w = os.pipe()
    result = subprocess.run(
        [str(python), "-I", "-S", str(code), "watch", "m", "0", str(life), str(status_w), "-1", "198", "CORE=0", "none",
         ",".join(map(str, files)), "--", *spec.argv],
        pass_fds=[life, status_w, *files], user=65534, group=65534, extra_groups=[], capture_output=True, text=True,
        cwd=bench.worktree, env=dict(spec.env), check=False,
    )  # fmt: skip
    assert "Permission denied" in result.stdout + result.stderr
    assert os.read(status_r, 100).startswith(b"X")
    assert (bench.worktree / "made").stat().st_uid == 65534


def test_unclear_paths_are_refused(bench):
    for path in ("/", "/proc", "/etc", "relative", "/tmp/../etc"):
        with pytest.raises(ViewRefused):
            ruleset_of(bench.sh("true", readable=(Path(path),)), 7)
