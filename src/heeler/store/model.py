"""Table of leases: which of the servers that share a configuration database does what, and until when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class Lease(Base):
    """The right of one server to do ``name`` until ``expires``, by the database's clock."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    holder: Mapped[str] = mapped_column(String(36))
    """The server, by a name of its own for each start."""
    token: Mapped[int] = mapped_column(BigInteger)
    """Grows whenever the lease is taken: what was decided under an earlier one is not written any more."""
    expires: Mapped[datetime]
