"""Only public addresses are connected to, however an address is written."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
from test_fetch import Server, get, home, local, page, serving, started  # noqa: F401

from summitqa.errors import SourceError
from summitqa_index.sources import fetch as fetching
from summitqa_index.sources.fetch import fetch
from summitqa_index.sources.network import is_public

PRIVATE = """
127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1
240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 192.0.0.9 192.88.99.1 :: ::1 ::ffff:127.0.0.1
::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::7f00:1 2002:7f00:1::
2002:808:808:: 2001:0:808:808::1 fe80::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1
100::1
"""  # every kind that IANA has set apart


@pytest.mark.parametrize("address", PRIVATE.split())
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(SourceError, match="not a public address"):
        fetch("http://site.example/", resolver=lambda host: [address])


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_not(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", [
    "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.0.0.1", "127.0.0.1", "127.0.0.1.",
    "１２７.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[fe80::1%25eth0]", "[::]",
])  # fmt: skip
def test_an_address_in_any_writing_is_refused_without_a_look_up(host: str) -> None:
    def resolver(host: str) -> Sequence[str]:
        raise AssertionError(f"looked up {host}")

    with pytest.raises(SourceError):
        fetch(f"http://{host}/", resolver=resolver)


def test_one_private_address_among_public_ones_condemns_the_host() -> None:
    with pytest.raises(SourceError, match=r"leads to 10\.0\.0\.1"):
        fetch("http://site.example/", resolver=lambda host: ["8.8.8.8", "10.0.0.1"])


def test_a_host_that_is_not_found_is_named() -> None:
    def resolver(host: str) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(SourceError, match=r"cannot be found: nowhere\.example"):
        fetch("http://nowhere.example/", resolver=resolver)


def test_the_connection_goes_to_the_address_that_was_checked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when checked and local when connected to: it is looked up once."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def rebinding(host: str) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    real = socket.socket.connect
    to: list[str] = []

    def connecting(sock: socket.socket, address: tuple[str, int]) -> None:
        to.append(address[0])
        real(sock, address)

    monkeypatch.setattr(socket.socket, "connect", connecting)
    get(server, resolver=rebinding)
    assert (asked, to) == (["site.example"], ["127.0.0.1"])


def test_a_host_that_is_an_address_is_held_to_what_was_checked_too(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client looks up no such host, and so asks no resolver."""
    monkeypatch.setattr(fetching, "resolve", lambda *_: [ip_address("8.8.8.8")])
    with pytest.raises(SourceError, match=r"leads to 127\.0\.0\.1, which was not checked"):
        fetch(server.url(host="127.0.0.1"), limits=server.limits())
    assert server.asked == []


def test_where_one_checked_address_does_not_answer_the_next_one_may(server: Server) -> None:
    got = get(server, resolver=lambda host: ["127.0.0.2", "127.0.0.1"], allow=lambda address: True)
    assert got.body == b"<p>Hello</p>"


def test_each_redirect_is_checked_anew(server: Server) -> None:
    server.answer = page(b"", 302, Location=server.url("/secret", host="inner.example"))
    with pytest.raises(SourceError, match=r"leads to 10\.0\.0\.1"):
        get(server, resolver=lambda host: ["127.0.0.1" if host == "site.example" else "10.0.0.1"])
    assert [path for path, _ in server.asked] == ["/"]


@pytest.mark.parametrize("place", [
    "http://127.0.0.2:{port}/", "//2130706433:{port}/", "http://[::1]:{port}/", "file:///etc/passwd",
    "http://site.example:22/", "http://a:b@site.example:{port}/", "http://[bad", "",
])  # fmt: skip
def test_a_redirect_to_a_forbidden_place_is_not_followed(server: Server, place: str) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        page(b"", 301, Location=place.format(port=server.server_port))(handler)

    server.answer = answer
    with pytest.raises(SourceError):
        get(server)
    hosts = {headers["Host"] for _, headers in server.asked}
    assert hosts == {f"site.example:{server.server_port}"}


def certificate(folder: Path) -> Path:
    both = folder / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=site.example", "-addext",
         "subjectAltName=DNS:site.example",
         "-keyout", str(folder / "key"), "-out", str(folder / "cert")],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_bytes((folder / "key").read_bytes() + (folder / "cert").read_bytes())
    return both


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes its certificate with openssl")
def test_the_certificate_is_checked_for_the_name_not_the_address(tmp_path: Path) -> None:
    both = certificate(tmp_path)
    server = Server()
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(both)
    names: list[str | None] = []
    own.sni_callback = lambda sock, name, context: names.append(name)
    server.socket = own.wrap_socket(server.socket, server_side=True)
    trust = ssl.create_default_context(cafile=str(tmp_path / "cert"))
    known = {"resolver": home, "allow": local, "limits": server.limits()}
    with serving(server):
        got = fetch(server.url(scheme="https"), tls=trust, **known)  # type: ignore[arg-type]
        assert got.body == b"<p>Hello</p>"
        assert names == ["site.example"]
        for url, context in (
            (server.url(scheme="https", host="other.example"), trust),
            (server.url(scheme="https"), None),
        ):
            with pytest.raises(SourceError, match="certificate that is not valid"):
                fetch(url, tls=context, **known)  # type: ignore[arg-type]
