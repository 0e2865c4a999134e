"""WordPress: Debian's, with a database of its own, behind PHP's built-in server.

1. files     from the Debian package, unpacked into the cache but not installed: no web server comes with it
2. database  a MariaDB data folder of our own
3. install   one POST to WordPress's installer
4. posts     by a command that loads WordPress itself, so that hooks, revisions and dates are WordPress's own
"""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from tests.peers.mariadb import mariadb
from tests.peers.packages import need, need_that
from tests.peers.web import ask
from tests.peers.wordpress_files import lay_out
from tools.processes import ServerProcess, accepts, as_server, free_port, hand_over, scratch_folder

COMMANDS = Path(__file__).parent / "wordpress.php"


@dataclass(frozen=True)
class Entry:
    """A post or comment of the site."""

    id: int
    url: str


@dataclass(frozen=True)
class WordPress:
    """A running site; `root` is the folder its files lie in."""

    base_url: str
    root: Path

    def publish(
        self,
        title: str,
        content: str,
        *,
        at: datetime | None = None,
        categories: Sequence[str] = (),
        status: str = "publish",
    ) -> Entry:
        """Publish a post (now, or `at` an aware time); `content` is HTML."""
        return self._entry("publish", post_status=status, **post_fields(title, content, at, categories))

    def edit(self, entry: Entry, *, title: str | None = None, content: str | None = None) -> Entry:
        """Change a post; its guid stays."""
        return self._entry("edit", id=entry.id, **post_fields(title, content))

    def trash(self, entry: Entry) -> None:
        """Take a post off the site."""
        self._entry("trash", id=entry.id)

    def comment(self, entry: Entry, text: str, author: str = "A reader") -> Entry:
        """Add an approved comment to a post."""
        return self._entry("comment", id=entry.id, text=text, author=author)

    def permalinks(self, structure: str) -> None:
        """Set the shape of links, such as `/%postname%/`; robots.txt and `/feed/` need one. Empty: plain."""
        self._do("permalinks", structure=structure)
        marker = self.root / ".rewrite"
        if structure:
            marker.touch()
        else:
            marker.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete every post and page; back to plain links."""
        self._do("empty")
        self.permalinks("")

    def _entry(self, command: str, **fields: object) -> Entry:
        said = self._do(command, **fields)
        return Entry(said["id"], said["url"])

    def _do(self, command: str, **fields: object) -> dict[str, Any]:
        env = os.environ | {
            "DAYMARK_ROOT": str(self.root),
            "DAYMARK_HOST": self.base_url.removeprefix("http://"),
        }
        script = COMMANDS.read_text().removeprefix("<?php")
        done = subprocess.run(
            [need("php", "php-cli"), "-r", script],
            input=json.dumps({"do": command, **fields}),
            capture_output=True,
            text=True,
            env=env,
            cwd=self.root,
            **as_server(),
        )
        if done.returncode != 0:
            raise RuntimeError(f"WordPress could not {command}: {(done.stderr + done.stdout)[:500]}")
        said: dict[str, Any] = json.loads(done.stdout)
        return said


def post_fields(
    title: str | None, content: str | None, at: datetime | None = None, categories: Sequence[str] = ()
) -> dict[str, object]:
    """A post in WordPress's own words, without what is not given. The site's clock is UTC."""
    when = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if at else None
    fields = {
        "post_title": title,
        "post_content": content,
        "post_date": when,
        "post_date_gmt": when,
        "categories": list(categories) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def php() -> Path:
    """PHP's command, with the extension that speaks to MariaDB."""
    command = need("php", "php-cli")
    need_that(lambda: "mysqli" in modules(command), "PHP's mysqli", "php-mysql")
    return command


def modules(command: Path) -> list[str]:
    """The extensions that PHP has."""
    return subprocess.run([command, "-m"], capture_output=True, text=True, check=True).stdout.split()


def set_up(site: WordPress) -> None:
    """Run WordPress's installer over HTTP and take away what it publishes by itself. Raises RuntimeError."""
    password = token_hex(16)
    form = {
        "weblog_title": "A site of the tests",
        "user_name": "editor",
        "admin_password": password,
        "admin_password2": password,
        "admin_email": "editor@example.org",
        "blog_public": "1",
    }
    answer = ask(f"{site.base_url}/wp-admin/install.php?step=2", "POST", form=form, timeout_s=120)
    if answer.status != 200 or "wp-login.php" not in answer.text:
        raise RuntimeError(f"WordPress's installer answered {answer.status}: {answer.text[:2000]}")
    site.clear()


@contextmanager
def wordpress() -> Iterator[WordPress]:
    """A running site with no post; gone at the end, database and all."""
    command = php()
    with scratch_folder("wordpress") as folder, mariadb(folder) as database:
        port = free_port()
        site = WordPress(f"http://127.0.0.1:{port}", folder / "site")
        lay_out(site.root, site.base_url, database)
        hand_over(site.root)
        process = ServerProcess(
            name="WordPress",
            argv=[
                str(command),
                "-S",
                f"127.0.0.1:{port}",
                "-t",
                str(site.root),
                str(site.root / ".router.php"),
            ],
            log=folder / "php.log",
            cwd=site.root,
            is_ready=lambda: accepts(port),
        )
        with process:
            set_up(site)
            yield site


@pytest.fixture(scope="session")
def wordpress_session() -> Iterator[WordPress]:
    """The session's site, in whatever state the last test left it."""
    with wordpress() as site:
        yield site


@pytest.fixture
def wordpress_site(wordpress_session: WordPress) -> WordPress:
    """The session's site without any post and with plain links."""
    wordpress_session.clear()
    return wordpress_session
