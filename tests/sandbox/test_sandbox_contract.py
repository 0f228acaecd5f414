"""What every level promises; each test runs at each level that works here."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading

import pytest

from autopack.sandbox import CHANNEL_FD

# One child stays in the group, one detaches with a session of its own; both ignore TERM and hold the output pipe.
LEAVE_CHILDREN = "trap '' TERM; sleep 300 & setsid sh -c 'trap \"\" TERM; sleep 301 & sleep 302' & "


def python(bench, code, **changes):
    return bench.spec(sys.executable, "-c", code, **changes)


def test_exit_code_and_merged_output(sandbox, bench):
    result = bench.run(sandbox, bench.sh("echo one; echo two >&2; echo three; exit 7"))
    assert (result.started, result.exit_code, result.signal, result.timed_out) == (True, 7, None, False)
    assert result.output == b"one\ntwo\nthree\n"
    assert not result.truncated
    assert not result.ok
    assert result.level == sandbox.level


def test_success_is_ok_and_writes_reach_the_worktree(sandbox, bench):
    result = bench.run(sandbox, bench.sh("echo made > file"))
    assert result.ok
    assert (bench.worktree / "file").read_text() == "made\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_is_not_an_exit_code(sandbox, bench, number):
    result = bench.run(sandbox, bench.sh(f"kill -{int(number)} $$"))
    assert (result.started, result.exit_code, result.signal) == (True, None, number)
    assert number.name in result.error


def test_a_shell_that_reports_a_signal_means_it(sandbox, bench):
    result = bench.run(sandbox, bench.sh("sh -c 'kill -9 $$'; exit $?"))
    assert (result.exit_code, result.signal) == (None, 9)


def test_high_exit_codes_that_name_no_signal_stay(sandbox, bench):
    assert bench.run(sandbox, bench.sh("exit 255")).exit_code == 255
    assert bench.run(sandbox, bench.sh("exit 127")).exit_code == 127


@pytest.mark.parametrize("argv", [("no-such-program",), ("/no/such/program",), ("./here",)])
def test_a_command_that_does_not_exist_is_not_started(sandbox, bench, argv):
    result = bench.run(sandbox, bench.spec(*argv))
    assert (result.started, result.exit_code) == (False, 127)
    assert argv[0] in result.error


def test_a_missing_interpreter_line_is_not_started(sandbox, bench):
    script = bench.worktree / "tool"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    result = bench.run(sandbox, bench.spec("./tool"))
    assert (result.started, result.exit_code) == (False, 127)


def test_a_file_without_the_execute_bit_is_not_started(sandbox, bench):
    (bench.worktree / "tool").write_text("x")
    result = bench.run(sandbox, bench.spec("./tool"))
    assert (result.started, result.exit_code) == (False, 126)


def test_a_missing_folder_and_a_zero_byte_are_not_started(sandbox, bench):
    missing = bench.run(sandbox, bench.sh("true", cwd=bench.worktree / "nowhere"))
    zero = bench.run(sandbox, bench.spec("echo", "a\0b"))
    assert not missing.started
    assert "nowhere" in missing.error
    assert not zero.started


def test_nothing_is_inherited(sandbox, bench, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-secret")
    result = bench.run(sandbox, bench.spec("/usr/bin/env", env={"PATH": "/usr/bin:/bin", "LANG": "C", "A": "ü \n x"}))
    names = {line.partition(b"=")[0] for line in result.output.splitlines() if b"=" in line}
    assert b"sk-secret" not in result.output
    own = {b"HOME", b"TMPDIR", b"GIT_CONFIG_NOSYSTEM"} if sandbox.level == 2 else set()
    assert names - {b"PWD"} - own == {b"PATH", b"LANG", b"A", b"AUTOPACK_NONCE", b"AUTOPACK_PROCESS"}
    assert own <= names
    assert "A=ü \n x".encode() in result.output


def test_stdin_is_empty_and_descriptors_are_closed(sandbox, bench):
    held, _ = os.pipe()
    os.set_inheritable(held, True)
    code = "import os,sys; print(sys.stdin.read(), sorted(map(int, os.listdir('/proc/self/fd'))))"
    result = bench.run(sandbox, python(bench, code))
    os.close(held)
    assert result.output.strip() == b"[0, 1, 2, 3]"


def test_no_signal_is_ignored_or_blocked(sandbox, bench):
    """But for 32 and 33, which the C library keeps to itself: nohup and background shells leave others ignored."""
    result = bench.run(sandbox, bench.spec("grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"))
    masks = [int(line.split()[1], 16) for line in result.output.splitlines()]
    assert [mask & ~(0b11 << 31) for mask in masks] == [0, 0]


def test_a_flood_keeps_head_and_tail(sandbox, bench):
    script = "echo first; head -c 40000000 /dev/zero | tr '\\0' x; echo; echo last"
    result = bench.run(sandbox, bench.sh(script, output_bytes=10_000))
    assert result.ok
    assert result.truncated
    assert result.output_total == 40_000_012
    assert len(result.output) < 10_100
    assert result.output.startswith(b"first\nxxx")
    assert result.output.endswith(b"xxx\nlast\n")
    assert b"bytes left out" in result.output


def test_time_out_ends_the_whole_tree(sandbox, bench):
    result = bench.run(sandbox, bench.sh(LEAVE_CHILDREN + "echo up; sleep 303", timeout=1.0))
    assert result.timed_out
    assert result.started
    assert (result.exit_code, result.signal) == (None, signal.SIGKILL)
    assert result.output == b"up\n"
    assert result.duration < 3.0
    assert bench.alive() == []


def test_a_flood_is_ended_by_its_time_out(sandbox, bench):
    result = bench.run(sandbox, bench.spec("yes", timeout=0.5, output_bytes=1000))
    assert result.timed_out
    assert result.truncated
    assert result.duration < 2.0


def test_what_outlives_the_command_is_ended_and_its_pipe_not_waited_for(sandbox, bench):
    result = bench.run(sandbox, bench.sh(LEAVE_CHILDREN + "echo done; exit 0"))
    assert result.ok
    assert result.output == b"done\n"
    assert result.duration < 3.0
    assert bench.alive() == []


def test_cancellation_ends_the_tree_before_it_is_raised(sandbox, bench):
    async def scenario():
        up = asyncio.Event()
        running = asyncio.create_task(
            sandbox.run(
                bench.sh(LEAVE_CHILDREN + f"echo up > /proc/self/fd/{CHANNEL_FD}; sleep 303"), lambda _: up.set()
            )
        )
        await up.wait()
        assert bench.alive()
        running.cancel()
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(scenario())
    assert bench.alive() == []


def test_cancellation_at_once(sandbox, bench):
    async def scenario():
        running = asyncio.create_task(sandbox.run(bench.sh("sleep 303")))
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(scenario())
    assert bench.alive() == []


def test_many_at_once_in_a_loop_of_another_thread(sandbox, bench):
    results = []

    async def scenario():
        results.extend(await asyncio.gather(*(sandbox.run(bench.sh(f"exit {code}")) for code in range(6))))

    thread = threading.Thread(target=lambda: asyncio.run(scenario()))
    thread.start()
    thread.join()
    assert [result.exit_code for result in results] == [0, 1, 2, 3, 4, 5]


def ignored(data: bytes) -> None:
    assert data


def test_no_descriptor_of_ours_is_left_open(sandbox, bench):
    bench.run(sandbox, bench.sh("true"), ignored)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        bench.run(sandbox, bench.sh("true"), ignored)
        bench.run(sandbox, bench.spec("no-such-program"), ignored)
        bench.run(sandbox, bench.sh("true", cwd=bench.worktree / "nowhere"), ignored)
        bench.run(sandbox, bench.sh("sleep 9", timeout=0.05), ignored)
    assert len(os.listdir("/proc/self/fd")) == before


def test_channel_carries_raw_bytes_apart_from_output(sandbox, bench):
    channel = bytearray()
    code = "import os; n=int(os.environ['AUTOPACK_CHANNEL_FD']); print(n); os.write(n, b'a\\0b\\n' * 50000)"
    result = bench.run(sandbox, python(bench, code), channel.extend)
    assert result.output == f"{CHANNEL_FD}\n".encode()
    assert channel == b"a\0b\n" * 50_000


def test_channel_ends_with_the_process_though_a_child_holds_it(sandbox, bench):
    channel = bytearray()
    result = bench.run(sandbox, bench.sh(f"setsid sleep 300 & echo last > /proc/self/fd/{CHANNEL_FD}"), channel.extend)
    assert result.ok
    assert channel == b"last\n"
    assert result.duration < 3.0


def test_descriptors_of_the_caller_pass_under_their_number(sandbox, bench):
    reader, writer = os.pipe()
    result = bench.run(sandbox, bench.sh(f"echo through > /proc/self/fd/{writer}", pass_fds=(writer,)))
    os.close(writer)
    assert result.ok, result.output
    assert os.read(reader, 100) == b"through\n"
    os.close(reader)


def test_limits(sandbox, bench):
    result = bench.run(sandbox, bench.sh("ulimit -c; ulimit -n; ulimit -Hn; ulimit -v", open_files=64))
    assert result.output.split() == [b"0", b"64", b"64", b"unlimited"]


def test_file_size_limit(sandbox, bench):
    result = bench.run(sandbox, bench.sh("exec head -c 100000 /dev/zero > big", file_bytes=4096))
    assert result.signal == signal.SIGXFSZ
    assert (bench.worktree / "big").stat().st_size == 4096


def test_memory_limit(sandbox, bench):
    result = bench.run(sandbox, python(bench, "bytearray(900_000_000)", memory_bytes=400_000_000))
    assert b"MemoryError" in result.output
    assert result.exit_code == 1


def test_memory_that_is_only_reserved_does_not_count(sandbox, bench):
    """Virtual machines and WebAssembly reserve far more than they use."""
    code = "import mmap; mmap.mmap(-1, 1 << 36, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0)"
    assert bench.run(sandbox, python(bench, code, memory_bytes=400_000_000)).exit_code == 0


def test_processor_time_limit(sandbox, bench):
    result = bench.run(sandbox, bench.sh("while :; do :; done", cpu_seconds=1))
    assert result.signal in (signal.SIGXCPU, signal.SIGKILL)
    assert not result.timed_out


def test_killing_its_own_group_hits_the_command_alone(sandbox, bench):
    result = bench.run(sandbox, bench.sh("sleep 300 & kill -9 0"))
    assert result.signal == 9
    assert result.error == "ended by SIGKILL"
    assert bench.alive() == []


def test_a_command_that_stops_its_parent_still_meets_its_time_out(sandbox, bench):
    result = bench.run(sandbox, bench.sh("kill -STOP $PPID; sleep 300", timeout=0.7))
    assert result.timed_out
    assert result.duration < 3.0
    assert bench.alive() == []


def test_a_command_that_kills_its_parent_ends_with_its_tree(sandbox, bench):
    result = bench.run(sandbox, bench.sh(LEAVE_CHILDREN + "kill -9 $PPID; sleep 0.3; exit 5"))
    assert result.started
    assert (result.signal, result.exit_code) in {(9, None), (None, 5)}
    assert bench.alive() == []
