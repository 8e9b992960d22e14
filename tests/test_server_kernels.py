"""Compiled kernels: compiled once ever, in a child, while learners train; loaded at once from then on."""

import asyncio
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import ServerProcess, kernels_at, wait_until
from server_helpers import TFP_LINK, TFP_RUNS, Socket

from engine.numerics import jit
from engine.training.kernels import PLAIN
from server.kernels import cache
from server.kernels.kernel_source import STEPS, KernelSource

READY = "The fast kernels are ready after"
COMPILING = "First start: compiling the fast kernels"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test an empty folder for compiled kernels."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    return tmp_path


def interpreter(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the compiling child run a script instead."""
    program = folder / "child"
    program.write_text(f"#!{sys.executable}\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(program))


# The first start ever, and the second


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder without kernels: that of all tests where it is still empty, so that it is filled but once."""
    own = cache.kernel_cache()
    if own is not None and not any(own.iterdir()):
        return own
    return tmp_path_factory.mktemp("cache") / "neural-playground" / cache._folder_name()


def environment(folder: Path) -> dict[str, str]:
    """Return that of a server with this folder for its kernels."""
    return {**os.environ, "NUMBA_CACHE_DIR": str(folder), "XDG_CACHE_HOME": str(folder)}


@pytest.fixture(scope="module")
def first_start(folder: Path) -> Iterator[tuple[ServerProcess, list[dict[str, object]]]]:
    """Start where nothing is compiled, train one page meanwhile, and return all that it was sent."""
    with ServerProcess(0, environment=environment(folder)) as server:
        began = time.monotonic()
        server.wait_ready()
        assert time.monotonic() - began < 10
        assert kernels_at(server.url) == "compiling"
        with Socket(server.url) as page:
            page.hello(TFP_LINK + "&stopEpochs=200")
            page.say("play")
            received = [page.receive(60)]
            while received[-1].get("kernels") != "compiled" or not any(one.get("finished") for one in received):
                received.append(page.receive(60))
        yield server, received


def test_the_first_start_says_when_it_begins_to_compile_and_when_it_is_done(
    first_start: tuple[ServerProcess, list[dict[str, object]]],
) -> None:
    server, _ = first_start
    wait_until(lambda: READY in server.output(), 5, "it says that it is done")
    assert [line.partition(" at ")[0][:12] for line in server.output().splitlines()] == [
        COMPILING[:12], "The playgrou", READY[:12],
    ]  # fmt: skip
    assert kernels_at(server.url) == "compiled"


def test_the_page_hears_of_many_true_steps(first_start: tuple[ServerProcess, list[dict[str, object]]]) -> None:
    told = [message for message in first_start[1] if message["type"] == "status"]
    counts = [message["done"] for message in told]
    assert counts == sorted(counts, key=int)
    assert len(set(counts)) > 10
    assert {message["total"] for message in told} == {STEPS}
    assert [message["kernels"] for message in told] == ["compiling"] * (len(told) - 1) + ["compiled"]
    assert int(str(counts[-2])) > 0.75 * STEPS, "STEPS is no longer about right"


def test_a_run_that_began_plain_and_ended_compiled_is_the_same_run(
    first_start: tuple[ServerProcess, list[dict[str, object]]],
) -> None:
    last = next(message for message in first_start[1] if message.get("finished"))
    epoch, train, test = TFP_RUNS["default_circle"]["losses"][-1]
    assert last["epoch"] == epoch == 200
    assert (last["train_loss"], last["test_loss"]) == pytest.approx((train, test), abs=1e-9)


def test_every_later_start_is_compiled_from_the_first_answer_on(first_start: object, folder: Path) -> None:
    began = time.monotonic()
    with ServerProcess(0, environment=environment(folder)) as server:
        server.wait_ready()
        assert kernels_at(server.url) == "compiled"
        assert time.monotonic() - began < 8
        assert len(server.output().splitlines()) == 1


def test_damaged_files_are_thrown_away_and_compiled_anew(first_start: object, folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "neural-playground" / folder.name
    shutil.copytree(folder, damaged)
    for path in damaged.rglob("*.nb?"):
        path.write_bytes(b"damaged")
    with ServerProcess(0, environment=environment(damaged)) as server:
        server.wait_ready()
        assert "cannot be loaded" in server.output().splitlines()[0]
        assert kernels_at(server.url) == "compiling"  # from nothing: what the first start above has seen to its end
        assert b"damaged" not in {path.read_bytes() for path in damaged.rglob("*.nb?")}


# Where it cannot be


def test_without_numba_one_line_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(jit, "AVAILABLE", False)
    source = KernelSource()
    source.load()
    assert (source.current, source.status.state) == (PLAIN, "plain")
    (line,) = capsys.readouterr().out.splitlines()
    assert "neural-playground[fast]" in line


def test_without_a_folder_to_write_to_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    monkeypatch.setattr(cache, "_user_cache", lambda: blocked)
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(blocked))
    cache.use_kernel_cache()
    assert cache.kernel_cache() is None
    source = KernelSource()
    source.load()
    assert source.status.state == "plain"
    (line,) = capsys.readouterr().out.splitlines()
    assert "No cache folder" in line


def test_who_wants_it_plain_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    source = KernelSource(plain=True)
    source.load()
    assert (source.current, source.status.state) == (PLAIN, "plain")
    assert capsys.readouterr().out == ""


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("script", "why"),
    [("raise SystemExit('no compiler here')", "no compiler here"), ("raise SystemExit(5)", "exit code 5")],
)
async def test_a_child_that_fails_leaves_training_plain_and_one_line_says_why(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], script: str, why: str
) -> None:
    interpreter(own_cache, script, monkeypatch)
    source = KernelSource()
    source.load()
    assert source.status.state == "compiling"
    await source.prepare()
    assert (source.current, source.status.state) == (PLAIN, "plain")
    assert not cache.is_complete()
    assert f"Compiling failed ({why})" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.anyio
async def test_progress_stays_below_the_whole_until_all_is_ready(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter(own_cache, f"print('compiled\\n' * {STEPS + 50}, flush=True)\nimport time; time.sleep(60)", monkeypatch)
    source = KernelSource()
    source.load()
    preparing = asyncio.create_task(source.prepare())
    async with asyncio.timeout(10):
        while source.status.done < STEPS - 1:
            await asyncio.sleep(0.02)
    assert (source.status.state, source.status.done) == ("compiling", STEPS - 1)
    preparing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preparing


@pytest.mark.anyio
async def test_a_server_that_stops_takes_its_child_with_it(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = own_cache / "pid"
    interpreter(
        own_cache, f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)", monkeypatch
    )
    source = KernelSource()
    source.load()
    preparing = asyncio.create_task(source.prepare())
    async with asyncio.timeout(10):
        while not (note.exists() and note.read_text()):
            await asyncio.sleep(0.02)
    preparing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preparing
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


# The folder


def test_the_folder_is_named_by_all_that_machine_code_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    name = cache._folder_name()
    assert cache._folder_name() == name
    with monkeypatch.context() as patch:
        patch.setattr(cache, "version", lambda package: "0.0.1")
        assert cache._folder_name() != name
    with monkeypatch.context() as patch:
        patch.setattr("llvmlite.binding.get_host_cpu_name", lambda: "another")
        assert cache._folder_name() != name
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "4.0")
        assert cache._folder_name() != name


def test_the_same_engine_at_another_place_has_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = cache._folder_name()  # Numba keeps apart what each place has compiled: one would find the other's mark only
    monkeypatch.setattr(cache, "ENGINE", shutil.copytree(cache.ENGINE, tmp_path / "engine"))
    assert cache._folder_name() != name


def test_a_folder_of_the_users_own_choice_is_taken_and_taken_again(own_cache: Path) -> None:
    cache.use_kernel_cache()
    chosen = cache.kernel_cache()
    assert chosen == own_cache / "neural-playground" / cache._folder_name()
    cache.use_kernel_cache()
    assert cache.kernel_cache() == chosen


def test_a_folder_is_complete_only_when_marked(own_cache: Path) -> None:
    assert not cache.is_complete()
    cache.mark_complete()
    assert cache.is_complete()
    cache.forget_all()
    assert not cache.is_complete()
    assert own_cache.is_dir()
