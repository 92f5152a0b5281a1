"""The proof of a host, read by the product's own resolver from a real server: datagrams and
streams on the loopback, with all that a zone or a liar may answer."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from app.tenants import domains
from app.tenants.resolve import route_of

NAME = "_preuve.reserver.moulin.fr"
Wire = Callable[[dns.message.Message], bytes]


@dataclass
class Zone:
    """What a name server says, and what it was asked by which way."""

    answer: Callable[[dns.message.Message, str], bytes | None]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def reply(self, wire: bytes, way: str) -> bytes | None:
        question = dns.message.from_wire(wire)
        asked = question.question[0]
        self.asked.append((way, f"{asked.name} {dns.rdatatype.to_text(asked.rdtype)}"))
        return self.answer(question, way)


class Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, line = self.request
        if (answer := self.server.zone.reply(wire, "udp")) is not None:
            line.sendto(answer, self.client_address)


class Stream(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        (length,) = struct.unpack("!H", self.rfile.read(2))
        if (answer := self.server.zone.reply(self.rfile.read(length), "tcp")) is not None:
            self.wfile.write(struct.pack("!H", len(answer)) + answer)


def both_ways() -> tuple[socketserver.BaseServer, socketserver.BaseServer]:
    """Two servers on one port: when somebody has the other half of it, another port."""
    while True:
        datagrams = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Datagram)
        try:
            return datagrams, socketserver.ThreadingTCPServer(datagrams.server_address, Stream)
        except OSError:
            datagrams.server_close()


@pytest.fixture
def serve(monkeypatch) -> Iterator[Callable[[Callable], Zone]]:
    """Make the system's resolver ask a server of ours, which answers so."""
    running: list[socketserver.BaseServer] = []

    def start(answer: Callable[[dns.message.Message, str], bytes | None]) -> Zone:
        zone = Zone(answer)
        datagrams, streams = both_ways()
        for server in (datagrams, streams):
            server.zone = zone
            threading.Thread(target=server.serve_forever, args=(0.02,)).start()
            running.append(server)
        system = dns.resolver.Resolver(configure=False)
        system.nameservers, system.port = ["127.0.0.1"], datagrams.server_address[1]
        monkeypatch.setattr(dns.resolver, "default_resolver", system)
        return zone

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def said(question: dns.message.Message, *texts: str, name: str = NAME) -> dns.message.Message:
    """An answer with these TXT records."""
    answer = dns.message.make_response(question)
    if texts:
        answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *texts))
    return answer


def records(*texts: str, name: str = NAME) -> Callable[[dns.message.Message, str], bytes]:
    return lambda question, _way: said(question, *texts, name=name).to_wire()


def test_every_record_of_the_name_is_read(serve) -> None:
    """A long record comes in pieces, and others stand beside it."""
    zone = serve(
        records('"v=spf1 -all"', '"lieu=ab" "cd-1234"', '"d\\195\\169j\\195\\160"', '"\\255"')
    )
    assert set(domains.PublicDns().texts(NAME)) == {
        "v=spf1 -all", "lieu=abcd-1234", "déjà", "\N{REPLACEMENT CHARACTER}",
    }  # fmt: skip
    assert zone.asked == [("udp", f"{NAME}. TXT")]


def test_an_answer_too_long_for_a_datagram_comes_by_a_stream(serve) -> None:
    many = [f'"other={n:03} {"x" * 80}"' for n in range(60)]

    def answer(question: dns.message.Message, way: str) -> bytes:
        if way == "tcp":
            return said(question, *many, '"lieu=long"').to_wire()
        short = said(question)
        short.flags |= dns.flags.TC
        return short.to_wire()

    zone = serve(answer)
    assert "lieu=long" in domains.PublicDns().texts(NAME)
    assert [way for way, _name in zone.asked] == ["udp", "tcp"]


def test_a_name_that_leads_elsewhere_is_followed(serve) -> None:
    """A venue may keep its proofs in another zone."""

    def answer(question: dns.message.Message, _way: str) -> bytes:
        there = said(question, '"lieu=there"', name="preuves.moulin.fr")
        alias = dns.rrset.from_text(f"{NAME}.", 60, "IN", "CNAME", "preuves.moulin.fr.")
        there.answer.insert(0, alias)
        return there.to_wire()

    serve(answer)
    assert domains.PublicDns().texts(NAME) == ["lieu=there"]


def refusing(code: dns.rcode.Rcode) -> Wire:
    def answer(question: dns.message.Message, _way: str) -> bytes:
        found = said(question)
        found.set_rcode(code)
        return found.to_wire()

    return answer


def other_id(question: dns.message.Message, _way: str) -> bytes:
    """Somebody who guesses, and did not see the question."""
    found = said(question, '"lieu=x"')
    found.id = (found.id + 1) % 65_536
    return found.to_wire()


@pytest.mark.parametrize(
    "answer",
    [
        refusing(dns.rcode.NXDOMAIN),
        refusing(dns.rcode.SERVFAIL),
        refusing(dns.rcode.REFUSED),
        records(),
        records('"lieu=x"', name="_preuve.ailleurs.fr"),
        other_id,
        lambda _question, _way: b"\x00\x01",
        lambda _question, _way: None,
    ],
    ids="nobody fails refuses nothing another guessed torn silent".split(),
)
def test_no_proof_is_none_and_nobody_waits_for_ever(serve, monkeypatch, answer) -> None:
    monkeypatch.setattr(domains, "PATIENCE", 0.4)
    zone = serve(answer)
    assert domains.PublicDns().texts(NAME) == []
    assert zone.asked


@pytest.mark.parametrize("name", ["x" * 64 + ".fr", ".".join(["x" * 60] * 5), "a..fr"])
def test_a_name_that_no_question_can_hold_has_no_proof(serve, name: str) -> None:
    zone = serve(records('"lieu=x"'))
    assert domains.PublicDns().texts(name) == []
    assert not zone.asked


def test_a_host_is_proved_by_what_its_zone_says(serve, world) -> None:
    """From the request to the route: another's words prove nothing, the right ones do."""
    told = ['"lieu=0000-0000-0000-0000"']
    zone = serve(lambda question, _way: said(question, *told).to_wire())
    asked = domains.claim("reserver.moulin.fr", reserved=(), by=None)
    assert not domains.verify(asked.id, domains.PublicDns(), None)
    assert route_of("reserver.moulin.fr") is None
    told.append(f'"{domains.proof_text(asked)}"')
    assert domains.verify(asked.id, domains.PublicDns(), None)
    assert route_of("reserver.moulin.fr").tenant_id == world.a.id
    assert {name for _way, name in zone.asked} == {
        f"{domains.proof_name('reserver.moulin.fr')}. TXT"
    }
