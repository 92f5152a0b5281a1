"""Every table, imported once, so that migrations and checks see the whole schema."""

from app.accounts import models as accounts
from app.booking import models as booking
from app.core import audit, files, mail, schedule
from app.core.db import Model
from app.doors import models as doors
from app.events import models as events
from app.incidents import models as incidents
from app.invoicing import models as invoicing
from app.ledger import models as ledger
from app.members import models as members
from app.needs import models as needs
from app.occupancy import models as occupancy
from app.payments import models as payments
from app.rates import models as rates
from app.requests import models as requests
from app.shop import models as shop
from app.spaces import models as spaces
from app.tenants import models as tenants
from app.ticketing import models as ticketing
from app.transfer import models as transfer
from app.upkeep import models as upkeep
from app.web import idempotency

metadata = Model.metadata

__all__ = [
    "accounts",
    "audit",
    "booking",
    "doors",
    "events",
    "files",
    "idempotency",
    "incidents",
    "invoicing",
    "ledger",
    "mail",
    "members",
    "metadata",
    "needs",
    "occupancy",
    "payments",
    "rates",
    "requests",
    "schedule",
    "shop",
    "spaces",
    "tenants",
    "ticketing",
    "transfer",
    "upkeep",
]
