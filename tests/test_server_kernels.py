"""Compiled kernels: compiled once in a child process while learners train, then loaded at each start."""

import asyncio
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import ServerProcess, kernels_at, metrics_of, wait_until
from server_helpers import TFP_LINK, TFP_RUNS, Socket

from engine.numerics import jit
from engine.training.kernels import PLAIN, Kernels
from server.kernels import cache, kernel_source
from server.kernels.kernel_source import FUNCTIONS, KernelSource

READY = "The fast kernels are ready after"
COMPILING = "First start: compiling the fast kernels"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty cache folder for the test."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    return tmp_path


def interpreter(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the compiling child run a script instead."""
    program = folder / "child"
    program.write_text(f"#!{sys.executable}\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(program))


# The first start and later ones


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty cache folder: that of all tests if it is still empty, so that kernels compile only once."""
    own = cache.kernel_cache()
    if own is not None and not any(own.iterdir()):
        return own
    return tmp_path_factory.mktemp("cache") / "neural-playground" / cache._folder_name()


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a server that uses this cache folder."""
    return {**os.environ, "NUMBA_CACHE_DIR": str(folder), "XDG_CACHE_HOME": str(folder)}


@pytest.fixture(scope="module")
def first_start(folder: Path) -> Iterator[tuple[ServerProcess, list[dict[str, object]]]]:
    """Start with an empty cache, train one page meanwhile, and return all messages sent to it."""
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


def test_the_first_start_announces_the_beginning_and_end_of_compilation(
    first_start: tuple[ServerProcess, list[dict[str, object]]],
) -> None:
    server, _ = first_start
    wait_until(lambda: READY in server.output(), 5, "it says that it is done")
    assert [line.partition(" at ")[0][:12] for line in server.output().splitlines()] == [
        COMPILING[:12], "The playgrou", READY[:12],
    ]  # fmt: skip
    assert kernels_at(server.url) == "compiled"


def test_the_page_is_told_the_progress_of_compilation(
    first_start: tuple[ServerProcess, list[dict[str, object]]],
) -> None:
    told = [message for message in first_start[1] if message["type"] == "status"]
    counts = [message["done"] for message in told]
    assert counts == sorted(counts, key=int)
    assert len(set(counts)) > 10
    assert {message["total"] for message in told} == {FUNCTIONS}
    assert [message["kernels"] for message in told] == ["compiling"] * (len(told) - 1) + ["compiled"]
    assert int(str(counts[-2])) > 0.75 * FUNCTIONS, "FUNCTIONS is no longer about right"


def test_a_run_that_started_plain_and_ended_compiled_has_the_same_numbers(
    first_start: tuple[ServerProcess, list[dict[str, object]]],
) -> None:
    last = next(message for message in first_start[1] if message.get("finished"))
    epoch, train, test = TFP_RUNS["default_circle"]["losses"][-1]
    assert last["epoch"] == epoch == 200
    assert (last["train_loss"], last["test_loss"]) == pytest.approx((train, test), abs=1e-9)


def test_later_starts_are_compiled_from_the_first_answer_on(first_start: object, folder: Path) -> None:
    began = time.monotonic()
    with ServerProcess(0, environment=environment(folder)) as server:
        server.wait_ready()
        assert kernels_at(server.url) == "compiled"
        assert time.monotonic() - began < 8
        assert len(server.output().splitlines()) == 1


def test_damaged_cache_files_are_deleted_and_compiled_again(first_start: object, folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "neural-playground" / folder.name
    shutil.copytree(folder, damaged)
    for path in damaged.rglob("*.nb?"):
        path.write_bytes(b"damaged")
    with ServerProcess(0, environment=environment(damaged)) as server:
        server.wait_ready()
        assert "cannot be loaded" in server.output().splitlines()[0]
        assert kernels_at(server.url) == "compiling"  # as at the first start
        assert b"damaged" not in {path.read_bytes() for path in damaged.rglob("*.nb?")}


# Without compiled kernels


def test_a_missing_numba_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(jit, "AVAILABLE", False)
    source = KernelSource()
    source.load()
    assert (source.current, source.status.state) == (PLAIN, "plain")
    (line,) = capsys.readouterr().out.splitlines()
    assert "neural-playground[fast]" in line


def test_a_missing_cache_folder_is_reported_in_one_line(
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


def test_with_plain_nothing_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    source = KernelSource(plain=True)
    source.load()
    assert (source.current, source.status.state) == (PLAIN, "plain")
    assert capsys.readouterr().out == ""


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("script", "why"),
    [("raise SystemExit('no compiler here')", "no compiler here"), ("raise SystemExit(5)", "exit code 5")],
)
async def test_a_failed_compilation_leaves_training_plain_and_is_reported(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], script: str, why: str
) -> None:
    interpreter(own_cache, script, monkeypatch)
    source = KernelSource()
    source.load()
    assert source.status.state == "compiling"
    await source.prepare()
    assert (source.current, source.status.state) == (PLAIN, "failed")
    assert not cache.is_complete()
    assert f"Compiling failed ({why})" in capsys.readouterr().out.splitlines()[-1]


def test_after_a_failed_compilation_pages_and_operators_are_told_and_training_goes_on(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nif 'compile_all()' in ' '.join(sys.orig_argv): os._exit(3)\n"
    )
    with ServerProcess(0, environment={**environment(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)}) as server:
        server.wait_ready(kernels="failed")
        assert metrics_of(server.url)['playground_kernels{state="failed"}'] == 1
        with Socket(server.url) as page:
            page.say("hello", link="seed=0.3", playing=True)
            assert page.next("status")["kernels"] == "failed"
            while page.next("frame")["epoch"] < 5:
                pass


@pytest.mark.anyio
async def test_a_process_that_does_not_compile_leaves_a_damaged_cache_to_the_one_that_does(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged() -> Kernels:
        raise OSError("damaged")

    cache.mark_complete()
    monkeypatch.setattr(kernel_source, "_warm_kernels", damaged)
    monkeypatch.setattr(kernel_source, "POLL_SECONDS", 0.01)
    second = KernelSource(compiles=False)
    second.load()
    assert cache.is_complete()
    assert second.status.state == "compiling"
    waiting = asyncio.create_task(second.prepare())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    KernelSource(compiles=True).load()
    assert not cache.is_complete()
    monkeypatch.setattr(kernel_source, "_warm_kernels", lambda: PLAIN)
    cache.mark_complete()
    await asyncio.wait_for(waiting, 5)
    assert second.status.state == "compiled"


@pytest.mark.anyio
async def test_progress_stays_below_100_percent_until_the_kernels_are_loaded(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter(
        own_cache, f"print('compiled\\n' * {FUNCTIONS + 50}, flush=True)\nimport time; time.sleep(60)", monkeypatch
    )
    source = KernelSource()
    source.load()
    preparing = asyncio.create_task(source.prepare())
    async with asyncio.timeout(10):
        while source.status.done < FUNCTIONS - 1:
            await asyncio.sleep(0.02)
    assert (source.status.state, source.status.done) == ("compiling", FUNCTIONS - 1)
    preparing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preparing


@pytest.mark.anyio
async def test_a_stopping_server_ends_its_compiling_child(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


# The cache folder


def test_the_cache_folder_is_named_after_everything_machine_code_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_another_location_of_the_engine_has_its_own_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = cache._folder_name()  # Numba caches each location separately, but both would share the mark
    monkeypatch.setattr(cache, "ENGINE", shutil.copytree(cache.ENGINE, tmp_path / "engine"))
    assert cache._folder_name() != name


def test_a_cache_folder_from_the_environment_is_used_repeatedly(own_cache: Path) -> None:
    cache.use_kernel_cache()
    chosen = cache.kernel_cache()
    assert chosen == own_cache / "neural-playground" / cache._folder_name()
    cache.use_kernel_cache()
    assert cache.kernel_cache() == chosen


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="this system has no user ids")
@pytest.mark.parametrize("prepared", ["linked", "open", "foreign"])
def test_a_cache_folder_that_others_prepared_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], prepared: str
) -> None:
    shared, own = tmp_path / "tmp", tmp_path / "home"
    folder = shared / "neural-playground" / cache._folder_name()
    folder.parent.mkdir(parents=True)
    if prepared == "linked":
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.mkdir()
        folder.chmod(0o777 if prepared == "open" else 0o755)
    if prepared == "foreign":
        monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(shared))
    monkeypatch.setattr(cache, "_user_cache", lambda: own)
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(own))
    cache.use_kernel_cache()
    assert cache.kernel_cache() == (None if prepared == "foreign" else own / "neural-playground" / folder.name)
    assert str(shared) in capsys.readouterr().out.splitlines()[0]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="this system has no user ids")
def test_nobody_else_may_enter_the_cache_folder(own_cache: Path) -> None:
    own_cache.chmod(0o755)
    cache.use_kernel_cache()
    folder = cache.kernel_cache()
    assert folder
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder.parent, folder)] == [0o700, 0o700]


def test_a_cache_folder_is_complete_only_when_marked(own_cache: Path) -> None:
    assert not cache.is_complete()
    cache.mark_complete()
    assert cache.is_complete()
    cache.clear_kernel_cache()
    assert not cache.is_complete()
    assert own_cache.is_dir()
