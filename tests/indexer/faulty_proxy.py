"""A small HTTP proxy before a real Elasticsearch that answers some requests itself, as an overloaded or strict one would."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Answer = tuple[int, bytes]

PASSED_ON = frozenset({"accept", "content-type"})
"""Not the key: a node without security refuses one."""


@dataclass
class Request:
    """What the client sent."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def is_bulk(self) -> bool:
        return self.path.split("?")[0].endswith("/_bulk")

    @property
    def items(self) -> int:
        """Actions of a bulk request; deletions have one line, writes two."""
        return sum(1 for line in self.body.splitlines() if line[:8] in (b'{"index"', b'{"delete'))


@dataclass
class Faults:
    """What the proxy does before it passes a request on. ``before`` answers itself, ``after`` changes the server's answer."""

    before: Callable[[Request], Answer | None] = lambda request: None
    after: Callable[[Request, Answer], Answer] = lambda request, answer: answer
    seen: list[Request] = field(default_factory=list)
    url: str = ""

    @property
    def bulks(self) -> list[Request]:
        return [request for request in self.seen if request.is_bulk]


def refuse(status: int, kind: str, reason: str = "said the proxy") -> Answer:
    """An error as Elasticsearch words it."""
    return status, json.dumps({"error": {"type": kind, "reason": reason}, "status": status}).encode()


def spoil_items(answer: Answer, status: int, kind: str, which: Callable[[int], bool], reason: str = "") -> Answer:
    """The bulk answer with some items failed. They were written all the same, as after a lost answer."""
    body = json.loads(answer[1])
    body["errors"] = True
    for place, item in enumerate(body["items"]):
        if which(place):
            (operation,) = item
            kept = {name: item[operation][name] for name in ("_index", "_id")}
            item[operation] = {**kept, "status": status, "error": {"type": kind, "reason": reason}}
    return answer[0], json.dumps(body).encode()


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that is its own authority: the file to trust, and the context of a server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).add_extension(address, critical=False)
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=1)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate, private = folder / "authority.pem", folder / "key.pem"
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return certificate, context


@contextmanager
def proxy(target: str, tls: ssl.SSLContext | None = None) -> Iterator[Faults]:
    """Runs a proxy before ``target`` on a port of its own, with TLS where a context is given."""
    faults = Faults()
    parts = urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(
                self.command, self.path, body, {name.lower(): value for name, value in self.headers.items()}
            )
            faults.seen.append(request)
            answer = faults.before(request)
            if answer is None:
                answer = faults.after(request, self.pass_on(body))
            if answer[0] == 0:
                self.close_connection = True
                return
            self.send_response(answer[0])
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/vnd.elasticsearch+json;compatible-with=9")
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer[1])

        def pass_on(self, body: bytes) -> Answer:
            link = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() in PASSED_ON}
            link.request(self.command, self.path, body or None, headers)
            found = link.getresponse()
            answer = found.status, found.read()
            link.close()
            return answer

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    faults.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield faults
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
