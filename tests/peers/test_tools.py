"""The parts of the Elasticsearch node's assembly and of the package helper that need no download."""

import multiprocessing
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.peers.packages import need, stop_run
from tools.cache import cache_dir, locked
from tools.elasticsearch_assembly import Archive, AssemblyFailed, below, extract, verify
from tools.elasticsearch_node import Node, jvm_options, running_node
from tools.jdk import NoJdk, find_jdk
from tools.packages import find, how_to_install

ROOT = Path(__file__).parent.parent.parent


def test_an_archive_with_other_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.zip"
    path.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    verify(Archive("some", empty), path)
    path.write_bytes(b"x")
    with pytest.raises(AssemblyFailed, match="expected e3b0c442"):
        verify(Archive("some", empty), path)


def test_only_what_lies_below_the_folder_is_unpacked_and_programs_stay_programs(tmp_path: Path) -> None:
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, mode in (("top/bin/run", 0o755), ("top/note", 0o600), ("topless/note", 0o644)):
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            archive.writestr(member, name)
    target = tmp_path / "out"
    (target / "bin").mkdir(parents=True)
    with zipfile.ZipFile(path) as archive:
        for member, relative in below(archive, "top"):
            extract(archive, member, target / relative)
    modes = {str(file.relative_to(target)): file.stat().st_mode & 0o777 for file in target.rglob("*") if file.is_file()}
    assert modes == {"bin/run": 0o755, "note": 0o644}


def test_a_java_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NoJdk, match="Java 999 or newer is needed") as caught:
        find_jdk(999)
    for word in (how_to_install("openjdk-21-jre-headless"), "make test-fast", "ES_JAVA_HOME"):
        assert word in str(caught.value)


def fetch(**environment: str) -> subprocess.CompletedProcess[str]:
    """As `make test` asks for the node, on a machine where nothing is installed and nothing can be."""
    command = [sys.executable, "-m", "tools.elasticsearch_node", "fetch"]
    return subprocess.run(
        command, env={"PATH": "/nonexistent", **environment}, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_machine_without_maven_is_told_what_to_type(tmp_path: Path) -> None:
    done = fetch(DAYMARK_CACHE_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "sudo apt-get update && sudo apt-get install --no-install-recommends" in done.stderr
    assert "make test-fast" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_fetched_where_a_server_is_named(tmp_path: Path) -> None:
    done = fetch(DAYMARK_CACHE_DIR=str(tmp_path), DAYMARK_TEST_ELASTICSEARCH="http://127.0.0.1:1")
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_garbage_collection_is_not_logged() -> None:
    shipped = "-XX:+UseG1GC\n-Xlog:gc*:file=gc.log\n20-:--add-modules=x\n-XX:+HeapDumpOnOutOfMemoryError\n"
    assert jvm_options(shipped) == "-XX:+UseG1GC\n20-:--add-modules=x\n"


def test_a_running_server_named_in_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYMARK_TEST_ELASTICSEARCH", "http://127.0.0.1:1/")
    with running_node(tmp_path / "node") as address:
        assert address == "http://127.0.0.1:1"
    assert not (tmp_path / "node").exists()


def test_an_address_carries_the_password_only_with_security(tmp_path: Path) -> None:
    assert Node(tmp_path, port=9200).address == "http://127.0.0.1:9200"
    assert Node(tmp_path, port=9200, security=True).address.startswith("http://elastic:")


def hold(folder: str, seconds: float) -> None:
    with locked("test"):
        Path(folder, "holding").touch()
        time.sleep(seconds)
        Path(folder, "done").touch()


def test_a_lock_is_held_by_one_process_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYMARK_CACHE_DIR", str(tmp_path / "cache"))
    assert cache_dir() == tmp_path / "cache"
    other = multiprocessing.get_context("fork").Process(target=hold, args=(str(tmp_path), 0.3))
    other.start()
    while not (tmp_path / "holding").exists():
        time.sleep(0.01)
    with locked("test"):
        assert (tmp_path / "done").exists()
    other.join()


def test_a_program_that_is_there_is_used(tmp_path: Path) -> None:
    program = tmp_path / "1" / "daymark-test-program"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find(program.name) is None
    assert need(program.name, "no-such-package", also=f"{tmp_path}/*") == program
    assert need(Path(sys.executable).name, "no-such-package").name == Path(sys.executable).name


def test_a_run_that_cannot_go_on_says_what_to_type() -> None:
    with pytest.raises(pytest.exit.Exception) as stopped:
        stop_run("php", ("php-cli",), "we may not install packages here")
    assert "apt-get install --no-install-recommends php-cli" in str(stopped.value)
    assert "make test-fast" in str(stopped.value)
