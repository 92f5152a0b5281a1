"""Two venues of one network and one of another, with a real row of everything in each."""

from __future__ import annotations

import datetime as dt
import io
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image
from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.accounts.models import (
    Account,
    ApiToken,
    Grant,
    LoginLink,
    LoginSession,
    NetworkGrant,
    SupportVisit,
)
from app.accounts.permissions import API_SCOPES
from app.accounts.sessions import digest
from app.booking.models import Booking
from app.core.files import StoredFile, describe, storage
from app.core.mail import Mail
from app.events import opinions
from app.events.models import Event, EventSpace
from app.incidents.models import (
    Asset,
    Incident,
    IncidentFollower,
    IncidentStep,
    Outage,
    OutageOffer,
)
from app.invoicing.models import BillingRun, Document, DocumentDoor, DocumentFile, Draft
from app.invoicing.parts import freeze
from app.ledger.models import LedgerEntry, LedgerLine
from app.members.models import Company, Erasure, Person, Seat
from app.needs.models import Need, SharedThing, Shift, Supply
from app.occupancy.models import Occupancy
from app.payments.models import Payment, PaymentAccount, PaymentRoute, Refund, TillSession
from app.rates.models import FixedPrice, LocalDate, Quote, SteeringChange
from app.requests.models import RequestStep, SpaceRequest
from app.shop.models import DeskSale, DeskSaleLine, Product
from app.spaces.models import Composition, Photo
from app.tenants.models import Appearance, Domain, DomainClaim
from app.ticketing.models import (
    PromoCode,
    Ticket,
    TicketCategory,
    TicketOrder,
    TicketSale,
    TicketWait,
)
from app.transfer.models import ImportRun
from app.upkeep.models import Plan, Proof, Visit
from tests import world as worlds
from tests.invoicing.papers import seven

DAY = dt.date(2031, 1, 6)
START = dt.datetime(2031, 1, 6, 9, tzinfo=dt.UTC)
END = START + dt.timedelta(hours=2)
SECRET = "a secret for tests only, forty letters long"  # of tests.conftest.settings_of


@dataclass
class House:
    """A venue with the names of its rows; `rows[0]` and `rows[1]` belong to two of its people."""

    venue: worlds.Venue
    mark: str
    token: str
    storage: str
    rows: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Cast:
    """Everybody and everything."""

    a: House
    b: House
    c: House
    network_host: str
    people: dict[str, int]
    tag: str

    def email(self, name: str) -> str:
        return f"{name}-{self.tag}@example.org"


def build(settings: Any) -> Cast:
    """Write it for good, through the owner role."""
    engine = create_engine(settings.owner_database_url, poolclass=NullPool)
    tag = secrets.token_hex(3)
    with Session(engine) as s:
        net = worlds._network(s, f"Réseau {tag}", f"net{tag}", f"net{tag}.localhost")
        far = worlds._network(s, f"Ailleurs {tag}", f"far{tag}", None)
        names = ("carla", "cleo", "bob", "mona", "alice", "dora", "oscar", "sid")
        people = {name: worlds._account(s, net, f"{name}-{tag}") for name in names}
        people["stranger"] = worlds._account(s, far, f"stranger-{tag}")
        houses = [
            _house(s, net, f"xa{tag}", "ZZALPHA", people, settings.storage),
            _house(s, net, f"xb{tag}", "ZZBRAVO", people, settings.storage),
            _house(
                s, far, f"xc{tag}", "ZZCHARLIE", {"carla": people["stranger"]}, settings.storage
            ),
        ]
        a, b, c = houses
        for house, name, role in (
            (a, "bob", "front_desk"), (a, "mona", "manager"), (a, "alice", "owner"),
            (a, "sid", "owner"), (b, "dora", "owner"), (c, "stranger", "owner"),
        ):  # fmt: skip
            venue = house.venue
            s.add(
                Grant(
                    tenant_id=venue.id, network_id=venue.network_id, account_id=people[name],
                    role=role,
                )
            )  # fmt: skip
        s.add(NetworkGrant(network_id=net, account_id=people["oscar"], role="operator"))
        s.commit()
        made = Cast(a, b, c, f"net{tag}.localhost", people, tag)
    engine.dispose()
    return made


def _house(
    s: Session, network_id: int, slug: str, mark: str, people: dict[str, int], storage: str
) -> House:
    venue = worlds.make_venue(s, network_id, f"Maison {mark[2:]}", slug, "etabli", "#005a42")
    secret = f"cls_{secrets.token_urlsafe(32)}"
    s.add(
        ApiToken(
            tenant_id=venue.id, name=f"{mark} jeton", token_hash=digest(secret),
            scopes=list(API_SCOPES),
        )
    )  # fmt: skip
    s.add_all(
        [
            PaymentAccount(tenant_id=venue.id, stripe_account=f"acct_{slug}", ready=True),
            PaymentRoute(stripe_account=f"acct_{slug}", tenant_id=venue.id, network_id=network_id),
        ]
    )
    house = House(venue, mark, secret, storage)
    accounts = [people["carla"], people.get("cleo", people["carla"])]
    for turn, account_id in enumerate(accounts):
        house.rows.append(_rows(s, house, turn, account_id))
    return house


def _rows(s: Session, house: House, turn: int, account_id: int) -> dict[str, str]:
    """One row of each model that a route can name, and the words that name it."""
    made = _Maker(s, house, turn)
    person = made.person(account_id if turn == 0 or house.mark != "ZZCHARLIE" else None)
    booking, quote = made.booking(person)
    payment = made.money(booking)
    photo, files = made.files()
    return {
        "token": booking.token, "code": booking.code, "person_id": str(person.id),
        "feed": f"feed{house.mark}{turn}", "slug": made.space.slug, "photo_id": str(photo.id),
        "account_id": str(account_id), "link_id": str(made.link().id), "secret": made.secret,
        "space_id": str(made.space.id), "site_id": str(house.venue.site),
        "closure_id": str(made.closure()), "payment_id": str(payment.id),
        "run_id": str(made.run().id), "token_id": str(made.key().id),
        "session_id": str(made.session(account_id).id), "version": made.appearance(files[0]),
        "company_id": str(made.company(person).id),
        "claim_id": str(made.claim().id), "host": made.domain(),
        "tenant_id": str(house.venue.id), "quote": quote.token, **made.papers(person),
        "date_id": str(made.town().id),
        "change_id": str(made.steering().id), **made.incident(person, files[0]),
        "till_id": str(made.till().id), **made.shop(person), "erasure": made.erasure(person),
        **(event := made.event(files[0])), **made.request(), **made.needs(event["event_id"]),
        **made.tickets(event["event_id"], person),
    }  # fmt: skip


class _Maker:
    """Writes the rows of one person of one venue."""

    def __init__(self, s: Session, house: House, turn: int) -> None:
        self.s, self.house, self.turn = s, house, turn
        self.own = {"tenant_id": house.venue.id}
        self.secret = secrets.token_urlsafe(24)
        site = s.get_one(worlds.Site, house.venue.site)
        name = f"{house.mark} salle {turn}"
        self.space = worlds.make_space(s, site, name, "meeting_room", capacity=6, base_cents=1500)
        worlds.make_units(s, self.space, 1)
        s.flush()
        self.unit = s.query(Composition).filter_by(space_id=self.space.id).one().unit_id

    def add(self, row: Any) -> Any:
        self.s.add(row)
        self.s.flush()
        return row

    def person(self, account_id: int | None) -> Person:
        mark, turn = self.house.mark, self.turn
        return self.add(
            Person(
                **self.own, network_id=self.house.venue.network_id, account_id=account_id,
                email=f"{mark.lower()}{turn}@example.org", name=f"{mark} personne {turn}",
                search=f"{mark.lower()} {turn}", settings={"feed": f"feed{mark}{turn}"},
            )
        )  # fmt: skip

    def booking(self, person: Person) -> tuple[Booking, Quote]:
        price: dict[str, Any] = {
            **self.own, "space_id": self.space.id, "starts_at": START, "ends_at": END,
            "price_cents": 3000, "vat_bp": 2000, "steps": [{"code": "base", "cents": 3000}],
        }  # fmt: skip
        quote = self.add(
            Quote(
                **price, token=secrets.token_urlsafe(16), evidence={"code": "free"}, inputs={},
                model_version="free", expires_at=START,
            )
        )  # fmt: skip
        booking = self.add(
            Booking(
                **price, code=secrets.token_hex(4).upper(), token=secrets.token_urlsafe(16),
                person_id=person.id, state="confirmed", payment_way="desk", organisation={},
                confirmed_at=START.replace(year=2026),
            )
        )  # fmt: skip
        self.take("booking", "booking", booking.id, START)
        self.post(booking.id, "sold", ("receivable", 3000), ("sales", -2500), ("vat", -500))
        return booking, quote

    def event(self, file: StoredFile) -> dict[str, str]:
        """A public event with a picture, and the link to say how it was."""
        mark, turn = self.house.mark, self.turn
        start = END + dt.timedelta(hours=6)
        one = self.add(
            Event(
                **self.own, site_id=self.house.venue.site, title_fr=f"{mark} soirée {turn}",
                slug=f"soiree-{mark.lower()}-{turn}", uid=secrets.token_hex(9), capacity=9,
                starts_at=start, ends_at=start + (END - START), state="published",
                published_at=START.replace(year=2026), picture_id=file.id,
            )
        )  # fmt: skip
        self.add(EventSpace(**self.own, event_id=one.id, space_id=self.space.id))
        self.take("event", "event", one.id, start)
        link = opinions.link(SECRET, one, f"{mark.lower()}{turn}@example.org")
        return {"event_id": str(one.id), "event_slug": one.slug, "opinion": link}

    def tickets(self, event_id: str, person: Person) -> dict[str, str]:
        """Two tickets of an order, one of each kind of link, and a wait."""
        mark, of = f"{self.house.mark} {self.turn}", {**self.own, "event_id": int(event_id)}
        self.add(TicketSale(**of, quota=9, taken=2))
        kind = self.add(
            TicketCategory(
                **of, name_fr=f"{mark} tarif", pricing="fixed", price_cents=1200, vat_bp=2000,
                quota=2, taken=2,
            )
        )  # fmt: skip
        order = self.add(
            TicketOrder(
                **of, code=secrets.token_hex(4).upper(), token=self.secret + "o",
                form_key=secrets.token_hex(8), person_id=person.id, name=person.name,
                email=person.email, state="confirmed", way="desk", price_cents=2400,
                organisation={}, confirmed_at=START.replace(year=2026),
            )
        )  # fmt: skip
        said = {"price_cents": 1200, "list_cents": 1200, "vat_bp": 2000, "state": "valid"}
        ticket, _other = (
            self.add(
                Ticket(
                    **of, **said, order_id=order.id, category_id=kind.id, holder_name=person.name,
                    code=f"{self.secret}t{n}",
                )
            )
            for n in range(2)
        )  # fmt: skip
        wait = self.add(
            TicketWait(
                **of,
                category_id=kind.id,
                token=self.secret + "w",
                name=f"{mark} attente",
                email=person.email,
                quantity=1,
            )
        )
        code = self.add(PromoCode(**of, code=f"{self.house.mark}{self.turn}", percent=10))
        sale = [("receivable", 2400), ("sales", -2000), ("vat", -400)]
        self.post(order.id, "sold", *sale, source="ticket_order")
        return {
            "order_token": order.token, "ticket_code": ticket.code, "ticket_id": str(ticket.id),
            "wait_token": wait.token, "category_id": str(kind.id), "order_id": str(order.id),
            "wait_id": str(wait.id), "promo_id": str(code.id),
        }  # fmt: skip

    def request(self) -> dict[str, str]:
        """Somebody asks for the space: behind a link of theirs, and at the desk."""
        mark, turn = self.house.mark, self.turn
        one = self.add(
            SpaceRequest(
                **self.own, code=f"R{mark[2:5]}{turn}", token=self.secret + "r", name=f"{mark} nom",
                email=f"{mark.lower()}{turn}@example.org", title=f"{mark} demande", people=2,
                options=["lunch"], wanted_space_id=self.space.id, starts_at=START, ends_at=END,
                search=mark.lower(),
            )
        )  # fmt: skip
        self.add(
            RequestStep(
                **self.own, request_id=one.id, state="received", at=START, note=f"{mark} mot"
            )
        )
        return {"request_id": str(one.id), "wish_token": one.token}

    def needs(self, event_id: str) -> dict[str, str]:
        """Chairs of the building, and what an event needs of everything."""
        mark, of = self.house.mark, {**self.own, "event_id": int(event_id)}
        thing = self.add(
            SharedThing(
                **self.own, site_id=self.house.venue.site, name=f"{mark} {self.turn}", quantity=9
            )
        )
        need = self.add(Need(**of, thing_id=thing.id, quantity=3))
        shift = self.add(Shift(**of, who=f"{mark} main", starts_at=START, ends_at=END))
        supply = self.add(Supply(**of, supplier=f"{mark} table", what="midi", order_by=DAY))
        return {
            "thing_id": str(thing.id), "need_id": str(need.id), "shift_id": str(shift.id),
            "supply_id": str(supply.id),
        }  # fmt: skip

    def town(self) -> LocalDate:
        """Something happens in town, under a name of the venue's own."""
        name = f"{self.house.mark} foire {self.turn}"
        return self.add(LocalDate(**self.own, name=name, first_day=DAY, last_day=DAY))

    def steering(self) -> SteeringChange:
        """The minimum was moved once; the word for it is the venue's own."""
        bounds = {"ceiling_percent": 150, "rounding_cents": 100, "pricing": "dynamic"}
        before = {"steering": {}, "floor_percent": 60, **bounds}
        return self.add(
            SteeringChange(
                **self.own, space_id=self.space.id, state="applied", before=before,
                batch=secrets.token_urlsafe(8), wanted=before | {"floor_percent": 70},
            )
        )  # fmt: skip

    def take(self, kind: str, source: str, source_id: int, start: dt.datetime) -> None:
        end = start + (END - START)
        self.add(
            Occupancy(
                **self.own, unit_id=self.unit, space_id=self.space.id, during=Range(start, end),
                starts_at=start, ends_at=end, kind=kind, source=source, source_id=source_id,
                label=f"{self.house.mark} motif",
            )
        )  # fmt: skip

    def till(self) -> TillSession:
        return self.add(
            TillSession(
                **self.own, number=1 + self.turn, float_cents=1000, books_cents=1000,
                reason=f"{self.house.mark} fond",
            )
        )  # fmt: skip

    def post(
        self, source_id: int, event: str, *lines: tuple[str, int], source: str = "booking"
    ) -> None:
        entry = self.add(
            LedgerEntry(**self.own, source=source, source_id=source_id, event=event, currency="EUR")
        )
        self.s.add_all(
            LedgerLine(**self.own, entry_id=entry.id, account=account, amount_cents=cents)
            for account, cents in lines
        )
        self.s.flush()  # all at once: an entry balances

    def money(self, booking: Booking) -> Payment:
        payment = self.add(
            Payment(
                **self.own, source="booking", source_id=booking.id, method="card",
                state="captured", amount_cents=3000, idempotency_key=secrets.token_hex(9),
                detail={}, captured_at=START.replace(year=2026), needs_person="disputed",
                person_id=booking.person_id,
            )
        )  # fmt: skip
        self.post(
            booking.id, f"captured:{payment.id}", ("card_clearing", 3000), ("receivable", -3000)
        )
        refund = self.add(
            Refund(
                **self.own, payment_id=payment.id, amount_cents=500, reason="essai", state="done",
                idempotency_key=secrets.token_hex(9),
            )
        )  # fmt: skip
        self.post(booking.id, f"refunded:{refund.id}", ("receivable", 500), ("card_clearing", -500))
        self.add(
            FixedPrice(
                **self.own, space_id=self.space.id, first_day=DAY, last_day=DAY, hour_cents=1600
            )
        )
        self.add(
            Mail(
                **self.own, network_id=self.house.venue.network_id, template="t",
                entity=f"x{booking.id}", version=1, sender_name="", recipient="x@example.org",
                subject=self.house.mark, text="", html="", attachments=[], sent_at=START,
            )
        )  # fmt: skip
        return payment

    def papers(self, person: Person) -> dict[str, str]:
        """A document, a draft and a month end."""
        mark, number = self.house.mark, 1 + self.turn
        said = seven()["to pay"]
        said = replace(said, buyer=replace(said.buyer, name=f"{mark} client"))
        whole: dict[str, Any] = {
            **self.own, "kind": "invoice", "customer": f"person:{person.id}",
            "person_id": person.id, "buyer_name": f"{mark} client", "content": freeze(said),
        }  # fmt: skip
        document = self.add(
            Document(
                **whole, series="fiscal", year=2031, number=number, name=f"F-2031-{number:04d}",
                issued_on=DAY, issued_at=START, due_on=DAY, search=f"{mark.lower()} client",
                lang="fr", currency="EUR", net_cents=2500, vat_cents=500, gross_cents=3000,
                due_cents=3000, law_version="x", fired={"en16931": 80, "french": 55},
                xml_sha256="x", pdf_sha256="x", key_id="x", previous="x", seal="x",
            )
        )  # fmt: skip
        for suffix in ("pdf", "xml"):
            self.add(
                DocumentFile(
                    **self.own, document_id=document.id, format=suffix, content=mark.encode()
                )
            )
        door = secrets.token_urlsafe(16)
        self.add(DocumentDoor(**self.own, document_id=document.id, token=door))
        draft = self.add(Draft(**whole, gross_cents=3000, faults=[]))
        month = self.add(BillingRun(**self.own, until=DAY, state="done", ended_at=START))
        return {
            "document_id": str(document.id), "draft_id": str(draft.id), "month_id": str(month.id),
            "paper": door,
        }  # fmt: skip

    def files(self) -> tuple[Photo, list[StoredFile]]:
        files = [self.file() for _ in range(2)]
        photo = self.add(
            Photo(**self.own, space_id=self.space.id, file_id=files[1].id, alt=self.house.mark)
        )
        return photo, files

    def file(self) -> StoredFile:
        """A small picture, really kept."""
        picture = io.BytesIO()
        Image.new("RGB", (64, 64), "#123456").save(picture, "WEBP")
        content = picture.getvalue()
        made = describe(self.house.venue.id, content, "image/webp", ".webp", "essai")
        made.tenant_id = self.house.venue.id
        self.add(made)
        storage(self.house.storage).put(made.name, content, "image/webp")
        return made

    def link(self) -> LoginLink:
        return self.add(
            LoginLink(
                network_id=self.house.venue.network_id, tenant_id=self.house.venue.id,
                email=f"{self.house.mark.lower()}-{self.turn}@example.com", purpose="invite",
                token_hash=digest(self.secret), payload={"role": "manager"}, expires_at=END,
            )
        )  # fmt: skip

    def erasure(self, person: Person) -> str:
        secret = secrets.token_urlsafe(20)
        self.add(
            Erasure(
                network_id=self.house.venue.network_id, tenant_id=self.house.venue.id,
                person_id=person.id, way="guest", token_hash=digest(secret),
            )
        )  # fmt: skip
        return secret

    def closure(self) -> int:
        name = self.unit * 10
        self.take("closure", "closure", name, START + dt.timedelta(hours=4))
        return name

    def run(self) -> ImportRun:
        return self.add(
            ImportRun(
                **self.own, what="spaces", file_name=f"{self.house.mark}.csv", content=b"a;b",
                site_id=self.house.venue.site, report={}, state="done",
            )
        )  # fmt: skip

    def key(self) -> ApiToken:
        return self.add(
            ApiToken(
                **self.own, name=f"{self.house.mark} clé {self.turn}",
                token_hash=secrets.token_hex(32), scopes=["spaces:read"],
            )
        )  # fmt: skip

    def session(self, account_id: int) -> LoginSession:
        return self.add(
            LoginSession(
                network_id=self.house.venue.network_id, account_id=account_id,
                token_hash=secrets.token_hex(32), host=self.house.venue.host, expires_at=END,
            )
        )  # fmt: skip

    def appearance(self, file: StoredFile) -> str:
        version = 100 + self.house.venue.id * 10 + self.turn
        self.add(
            Appearance(
                **self.own, version=version, theme="etabli", brand="#123456", texts={},
                logo_file=file.id, published_at=START.replace(year=2020),
            )
        )  # fmt: skip
        return str(version)

    def company(self, person: Person) -> Company:
        """A company with a seat of this person, who keeps its seats."""
        mark = self.house.mark
        made = self.add(
            Company(
                **self.own, kind="other", name=f"{mark} société {self.turn}", country="CH",
                search=f"{mark.lower()} société {self.turn}",
            )
        )  # fmt: skip
        self.add(
            Seat(
                **self.own, company_id=made.id, person_id=person.id, may_spend=True,
                keeps_seats=True,
            )
        )  # fmt: skip
        return made

    def shop(self, person: Person) -> dict[str, str]:
        """A product and a sale of it."""
        mark = f"{self.house.mark} café {self.turn}"
        product = self.add(
            Product(**self.own, name=mark, nature="meal", unit_cents=250, vat_bp=1000)
        )
        sale = self.add(
            DeskSale(
                **self.own, person_id=person.id, gross_cents=500, way="cash", sold_at=START,
                lines=[
                    DeskSaleLine(
                        **self.own, number=1, product_id=product.id, label=mark, nature="meal",
                        quantity=2, unit_cents=250, gross_cents=500, vat_bp=1000,
                    )
                ],
            )
        )  # fmt: skip
        return {"product_id": str(product.id), "sale_id": str(sale.id)}

    def incident(self, person: Person, file: StoredFile) -> dict[str, str]:
        """A broken machine with somebody who follows it, and its room out of sale."""
        mark, site = self.house.mark, self.house.venue.site
        asset = self.add(
            Asset(
                **self.own, code=secrets.token_hex(4).upper(), site_id=site,
                space_id=self.space.id, name=f"{mark} machine {self.turn}",
            )
        )  # fmt: skip
        made = self.add(
            Incident(
                **self.own, code=secrets.token_hex(4).upper(), site_id=site,
                space_id=self.space.id, asset_id=asset.id, category="screen", usable="no",
                description=f"{mark} en panne", photo_id=file.id, priority="high",
                search=mark.lower(), reported_at=START, respond_by=END, resolve_by=END,
            )
        )  # fmt: skip
        self.add(IncidentStep(**self.own, incident_id=made.id, state="reported", at=START))
        follower = self.add(
            IncidentFollower(
                **self.own, incident_id=made.id, token=secrets.token_urlsafe(20), reporter=True,
                person_id=person.id, name=f"{mark} personne", email=f"{mark.lower()}@example.org",
            )
        )  # fmt: skip
        out = self.add(
            Outage(
                **self.own, incident_id=made.id, space_id=self.space.id, unit_ids=[self.unit],
                starts_at=START, ends_at=END, at=START,
            )
        )  # fmt: skip
        sold = self.s.query(Booking).filter_by(person_id=person.id).first()
        choice = self.add(
            OutageOffer(
                **self.own, outage_id=out.id, booking_id=sold.id,
                token=secrets.token_urlsafe(20), at=START, ends_at=END,
            )
        )  # fmt: skip
        plan = self.add(
            Plan(
                **self.own, kind="legal", name=f"{mark} contrôle", site_id=site,
                space_id=self.space.id, asset_id=asset.id, every_days=365, due_on=DAY,
            )
        )  # fmt: skip
        visit = self.add(
            Visit(
                **self.own, plan_id=plan.id, asset_id=asset.id, starts_at=START, ends_at=END,
                done_at=START, result="ok",
            )
        )  # fmt: skip
        proof = self.add(Proof(**self.own, visit_id=visit.id, file_id=file.id, name=mark))
        return {
            "plan_id": str(plan.id), "proof_id": str(proof.id),
            "incident_id": str(made.id), "incident_code": made.code, "asset_code": asset.code,
            "asset_id": str(asset.id), "follow": follower.token, "choice": choice.token,
        }  # fmt: skip

    def claim(self) -> DomainClaim:
        host = f"{self.house.mark.lower()}{self.turn}.example.net"
        return self.add(DomainClaim(**self.own, host=host, proof="p"))

    def domain(self) -> str:
        host = f"alt{self.turn}-{self.house.venue.host}"
        self.add(
            Domain(
                host=host, network_id=self.house.venue.network_id, tenant_id=self.house.venue.id,
                verified_at=START.replace(year=2020),
            )
        )  # fmt: skip
        return host


def suspend(s: Session, account_id: int) -> None:
    s.get_one(Account, account_id).state = "suspended"


def support(s: Session, cast: Cast) -> None:
    """An open support visit of the operator at A."""
    s.add(
        SupportVisit(
            tenant_id=cast.a.venue.id, network_id=cast.a.venue.network_id,
            account_id=cast.people["oscar"], reason="aide", message="x", read_only=False,
            ends_at=END,
        )
    )  # fmt: skip
