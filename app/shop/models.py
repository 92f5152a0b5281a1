"""Products without a stock, and what was sold of them at the desk."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, literal_column
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model, cents, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned
from app.spaces.natures import NATURES

WAYS = ("cash", "terminal", "transfer", "on_account", "company")


class Product(TenantOwned, Model):
    """Something that the desk sells, at a price with VAT. Its nature says rate and withdrawal."""

    __tablename__ = "product"
    __table_args__ = owned(
        CheckConstraint("unit_cents between 1 and 100000000", name="unit"),
        CheckConstraint("vat_bp between 0 and 10000", name="vat"),
        CheckConstraint(f"nature in {tuple(NATURES)}", name="nature"),
        Index("ix_product_name", "tenant_id", "archived_at", "name"),
    )

    id: Mapped[key]
    name: Mapped[str]
    nature: Mapped[str]
    unit_cents: Mapped[cents]
    vat_bp: Mapped[int]
    archived_at: Mapped[instant | None]
    created_at: Mapped[stamp]


class DeskSaleLine(TenantOwned, Model):
    """One product of a sale: what it was called, was to the tax office and cost that day."""

    __tablename__ = "desk_sale_line"
    __table_args__ = owned(
        points_to("sale_id", "desk_sale"),
        points_to("product_id", "product"),
        UniqueConstraint("tenant_id", "sale_id", "number"),
        CheckConstraint("quantity between 1 and 999", name="quantity"),
        CheckConstraint("gross_cents > 0", name="gross"),
    )

    id: Mapped[key]
    sale_id: Mapped[ref]
    number: Mapped[int]
    product_id: Mapped[ref]
    label: Mapped[str]
    nature: Mapped[str]
    quantity: Mapped[int]
    unit_cents: Mapped[cents]
    gross_cents: Mapped[cents]
    vat_bp: Mapped[int]

    @property
    def words(self) -> str:
        """`2 × Café`."""
        return f"{self.quantity} × {self.label}"


class DeskSale(TenantOwned, Model):
    """One sale of some products, paid in one go. A cancelled one stays, with who and when."""

    __tablename__ = "desk_sale"
    __table_args__ = owned(
        points_to("person_id", "person"),
        points_to("company_id", "company"),
        CheckConstraint("gross_cents > 0", name="gross"),
        CheckConstraint(f"way in {WAYS}", name="way"),
        Index("ix_desk_sale_sold", "tenant_id", "sold_at"),
        Index("ix_desk_sale_company", "tenant_id", "company_id", "sold_at"),
        Index("ix_desk_sale_person", "tenant_id", "person_id"),
    )

    id: Mapped[key]
    person_id: Mapped[ref | None]
    company_id: Mapped[ref | None]
    buyer_name: Mapped[str] = mapped_column(server_default="")
    gross_cents: Mapped[cents]
    way: Mapped[str]
    sold_at: Mapped[instant]
    sold_by: Mapped[ref | None]
    cancelled_at: Mapped[instant | None]
    cancelled_by: Mapped[ref | None]
    lines: Mapped[list[DeskSaleLine]] = relationship(
        primaryjoin="DeskSale.id == foreign(DeskSaleLine.sale_id)",
        order_by=DeskSaleLine.number,
        lazy="selectin",
    )

    @property
    def label(self) -> str:
        """`2 × Café, 1 × Thé`."""
        return ", ".join(line.words for line in self.lines)


class PriceReduction(TenantOwned, Model):
    """A reduction that is announced to everybody: a percentage of the lowest price of the thirty
    days before it (art. L. 112-1-1 of the Code de la consommation), on its days."""

    __tablename__ = "price_reduction"
    __table_args__ = owned(
        points_to("product_id", "product"),
        ExcludeConstraint(
            (literal_column("int8range(product_id, product_id, '[]')"), "&&"),
            (
                literal_column(
                    "daterange(first_on, case when ended_on is null then last_on + 1"
                    " else greatest(ended_on, first_on) end)"
                ),
                "&&",
            ),
            name="price_reduction_one_at_a_time",
            using="gist",
        ),
        CheckConstraint("percent between 1 and 90", name="percent"),
        CheckConstraint("last_on >= first_on", name="days"),
        CheckConstraint("price_cents between 1 and reference_cents - 1", name="price"),
        Index("ix_price_reduction_product", "tenant_id", "product_id", "first_on"),
    )

    id: Mapped[key]
    product_id: Mapped[ref]
    percent: Mapped[int]
    first_on: Mapped[dt.date]
    last_on: Mapped[dt.date]
    reference_cents: Mapped[cents]
    price_cents: Mapped[cents]
    announced_at: Mapped[stamp]
    announced_by: Mapped[ref | None]
    ended_on: Mapped[dt.date | None]

    @property
    def end(self) -> dt.date:
        """The first day on which it no longer counts."""
        return self.ended_on or self.last_on + dt.timedelta(days=1)
