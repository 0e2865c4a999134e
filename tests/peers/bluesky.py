"""The Bluesky network: PLC directory, PDS, moderation service and AppView, Bluesky's own programs, in a process of its own.

1. programs   bluesky_files.py, from npm and PyPI
2. servers    a database of the fixture's PostgreSQL, a Redis of its own; everything on loopback, nothing leaves it
3. accounts   by the PDS's own interface (com.atproto.*); each test makes its own, nothing is cleared between tests
4. reading    from `appview_url`, as from public.api.bsky.app

The firehose is `firehose_url`, a websocket (com.atproto.sync.subscribeRepos) that needs no login; add `?cursor=N` to have
it begin behind the event N. `settle()` gives the number of its last event and returns once the AppView has taken that in.
Every change below settles, unless it is told not to.

The first start on a machine installs the programs (1.5 minutes, more on a busy one): tests want `pytest.mark.timeout(900)`.

Unlike the public network: search is open, looks for a part of the text (small and capital letters differ), and leaves
`since` and `until` out of account; there is no limit of requests.
"""

import base64
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
import pytest

from tests.peers.bluesky_files import programs
from tests.peers.bluesky_records import POST, PROFILE, REPOST, Account, Record, Written, make_post, stamp
from tests.peers.postgres import Postgres
from tests.peers.redis import redis
from tests.peers.web import ask
from tools.processes import ServerProcess, accepts, free_port, scratch_folder

ADMIN = "Basic " + base64.b64encode(b"admin:admin-pass").decode()  # dev-env's own password
BATCH = 200
"""Writes in one request; the PDS's maximum."""
START_LIMIT_S = 180.0  # 6 s measured on 2 idle cores; a shared machine may take many times that
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Bluesky:
    """A running network. Times are aware; a late post is one whose `at` lies in the past."""

    pds_url: str
    appview_url: str
    plc_url: str
    control_url: str
    process: ServerProcess = field(repr=False)

    @property
    def firehose_url(self) -> str:
        """The address of the PDS's event stream."""
        return f"ws{self.pds_url.removeprefix('http')}/xrpc/com.atproto.sync.subscribeRepos"

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """While it lasts, all servers take connections and answer nothing."""
        assert self.process.process is not None
        servers = psutil.Process(self.process.process.pid)
        servers.suspend()
        try:
            yield
        finally:
            servers.resume()

    def settle(self) -> int:
        """Waits until the AppView has taken in all that the PDS was told; the number of the firehose's last event."""
        answer = ask(self.control_url, timeout_s=60)
        if answer.status != 200:
            raise RuntimeError(f"the AppView does not settle: {answer.text[:2000]}")
        return int(answer.json()["seq"])

    def account(self, name: str = "ana") -> Account:
        """A new account with a handle of its own, `NAME-….test`: the network refuses names under `.example`."""
        handle = f"{name}-{token_hex(4)}.test"
        form = {"handle": handle, "email": f"{handle.partition('.')[0]}@mail.example", "password": token_hex(8)}
        said = self.call("com.atproto.server.createAccount", form)
        self.settle()
        return Account(said["did"], handle, said["accessJwt"])

    def post(self, account: Account, text: str, *, settle: bool = True, **more: Any) -> Written:
        """Publishes a post; see `make_post` for `more`."""
        return self.write(account, [make_post(text, **more)], settle=settle)[0]

    def write(
        self, account: Account, records: Sequence[Record], kind: str = POST, *, settle: bool = True
    ) -> list[Written]:
        """Publishes many records at once."""
        made: list[Written] = []
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            create = "com.atproto.repo.applyWrites#create"
            writes = [{"$type": create, "collection": kind, "value": record} for record in batch]
            said = self.call("com.atproto.repo.applyWrites", {"repo": account.did, "writes": writes}, account)
            made += [Written(r["uri"], r["cid"], v) for r, v in zip(said["results"], batch, strict=True)]
        if settle:
            self.settle()
        return made

    def edit(self, account: Account, written: Written, **changes: Any) -> Written:
        """Changes fields of a post's record: another content at the same address."""
        return self.put(account, POST, written.rkey, {**written.record, **changes})

    def put(self, account: Account, kind: str, rkey: str, record: Record) -> Written:
        """Writes a record at a place of its own."""
        place = {"repo": account.did, "collection": kind, "rkey": rkey}
        said = self.call("com.atproto.repo.putRecord", {**place, "record": {"$type": kind, **record}}, account)
        self.settle()
        return Written(said["uri"], said["cid"], record)

    def delete(self, account: Account, *written: Written) -> None:
        """Deletes posts."""
        for one in written:
            place = {"repo": account.did, "collection": POST, "rkey": one.rkey}
            self.call("com.atproto.repo.deleteRecord", place, account)
        self.settle()

    def repost(self, account: Account, written: Written) -> Written:
        """Shows a post to the account's followers."""
        return self.write(account, [{"$type": REPOST, "subject": written.ref, "createdAt": stamp()}], REPOST)[0]

    def picture(self, account: Account, alt: str) -> Record:
        """A picture for `make_post`, uploaded, with its alternative text."""
        parts = urlsplit(self.pds_url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {"Content-Type": "image/png", "Authorization": f"Bearer {account.token}"}
        try:
            connection.request("POST", "/xrpc/com.atproto.repo.uploadBlob", PICTURE, headers)
            blob = read(connection.getresponse().read())["blob"]
        finally:
            connection.close()
        return {"image": blob, "alt": alt}

    def signed_in_only(self, account: Account, wanted: bool = True) -> None:
        """Sets or takes back the account's wish to be shown to signed-in readers only."""
        labels = {
            "$type": "com.atproto.label.defs#selfLabels",
            "values": [{"val": "!no-unauthenticated"}] if wanted else [],
        }
        self.put(account, PROFILE, "self", {"labels": labels})

    def take_down(self, account: Account, wanted: bool = True) -> None:
        """The PDS's moderators take an account down, or take that back."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": account.did}
        state = {"subject": subject, "takedown": {"applied": wanted}}
        self.call("com.atproto.admin.updateSubjectStatus", state, authorization=ADMIN)
        self.settle()

    def deactivate(self, account: Account) -> None:
        """The author switches the account off; `activate` brings it back."""
        self.call("com.atproto.server.deactivateAccount", {}, account)
        self.settle()

    def activate(self, account: Account) -> None:
        """Takes `deactivate` back."""
        self.call("com.atproto.server.activateAccount", None, account)
        self.settle()

    def delete_account(self, account: Account) -> None:
        """Deletes the account with all that it wrote."""
        self.call("com.atproto.admin.deleteAccount", {"did": account.did}, authorization=ADMIN)
        self.settle()

    def view(self, method: str, params: Mapping[str, object]) -> Any:
        """What the AppView shows a reader without an account."""
        answer = ask(f"{self.appview_url}/xrpc/{method}?{urlencode(params, doseq=True)}")
        if answer.status != 200:
            raise RuntimeError(f"{method} answered {answer.status}: {answer.text[:500]}")
        return answer.json()

    def call(self, method: str, payload: object, account: Account | None = None, authorization: str = "") -> Any:
        """A procedure of the PDS, as an account or with another authorization. Raises RuntimeError on a refusal."""
        login = f"Bearer {account.token}" if account is not None else authorization
        headers = {"Authorization": login} if login else {}
        answer = ask(f"{self.pds_url}/xrpc/{method}", "POST", payload=payload, headers=headers)
        if answer.status != 200:
            raise RuntimeError(f"{method} answered {answer.status}: {answer.text[:500]}")
        return read(answer.body)


def read(body: bytes) -> Any:
    """JSON; an empty body is None."""
    return json.loads(body) if body else None


@contextmanager
def bluesky(postgres: Postgres) -> Iterator[Bluesky]:
    """A running network without accounts; gone at the end, data and all."""
    ports = [free_port() for _ in range(4)]
    plc, pds, appview, control = (f"http://127.0.0.1:{port}" for port in ports)
    made = programs()
    with scratch_folder("bluesky") as folder, redis(folder) as redis_host, made.laid_out(folder) as node:
        process = ServerProcess(
            name="Bluesky",
            argv=[
                str(node),
                *("--dns-result-order=ipv4first", "--import", "./loopback.mjs", "network.mjs"),
                *map(str, ports),
            ],
            log=folder / "network.log",
            cwd=folder,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(folder),
                "TMPDIR": str(folder),
                "DB_POSTGRES_URL": postgres.new_database().replace("+psycopg", ""),
                "REDIS_HOST": redis_host,
            },
            is_ready=lambda: accepts(ports[-1]),
            limit_s=START_LIMIT_S,
        )
        with process:
            yield Bluesky(pds, appview, plc, control, process)


@pytest.fixture(scope="session")
def bluesky_network(postgres_server: Postgres) -> Iterator[Bluesky]:
    """The session's network, with whatever accounts the tests have made so far."""
    with bluesky(postgres_server) as network:
        yield network
