"""What a reader must know of a metric before comparing two of its numbers."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Card:
    """Name, unit, direction and source of one metric.

    Args:
        key: Name in scores.json.
        title: Heading of its column.
        unit: Unit and scale, for example ``x 100``.
        better: ``higher``, ``lower`` or ``neither``.
        source: Paper or definition.
    """

    key: str
    title: str
    unit: str
    better: str
    source: str

    def to_dict(self) -> dict[str, str]:
        """Return the card as plain strings."""
        return asdict(self)
