"""What members ask of the features above them."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True)
class PersonShown:
    """The page of a person is being made: whoever knows more adds a section."""

    person_id: int
    sections: list[Markup] = field(default_factory=list)
