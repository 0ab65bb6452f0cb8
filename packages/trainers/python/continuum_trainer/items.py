"""The data file: JSON Lines of `TrainingItem`, and what each item teaches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from continuum_trainer.job import InvalidInputError

Kind = Literal["pair", "single", "sft"]
SafetyGate = Literal["skip", "down-weight", "invert"]
# What is left of an item's weight when the safety gate weighs it down.
DOWN_WEIGHT = 0.1
SKIP = re.compile(r"\s*skip\b", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """Read as `packages/transformer/src/training` reads it, so that both trainers learn the same of the same data."""

    prompt: str
    chosen: str | None
    rejected: str | None
    desirable: bool | None
    weight: float
    safety: bool
    # Log-odds of chosen over rejected that a decision has from elsewhere: what is learned is the rest.
    offset: float | None

    @property
    def kind(self) -> Kind | None:
        """A pair to prefer, a single answer judged, an answer to imitate; None teaches nothing."""
        if self.chosen is not None and self.rejected is not None:
            return "pair"
        if self.desirable is not None and self.judged is not None:
            return "single"
        return None if self.chosen is None else "sft"

    @property
    def judged(self) -> str | None:
        """The one answer that was seen, where there is no pair."""
        return self.rejected if self.desirable is False else self.chosen

    @property
    def is_imitated(self) -> bool:
        return self.kind in ("pair", "sft") or (self.kind == "single" and self.desirable is True)


def read_items(path: Path) -> list[Item]:
    """Reads all items. Raises InvalidInputError that names the line."""
    lines = path.read_text("utf-8").split("\n")
    return [_read_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _read_line(path: Path, number: int, line: str) -> Item:
    try:
        return _to_item(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInputError(f"{path}, line {number}, is no training item ({error!r}).") from error


def _to_item(raw: dict[str, Any]) -> Item:
    item = Item(
        prompt=raw["prompt"],
        chosen=raw.get("chosen"),
        rejected=raw.get("rejected"),
        desirable=raw.get("desirable"),
        weight=float(raw["weight"]),
        safety=bool(raw.get("safety", False)),
        offset=None if raw.get("offset") is None else float(raw["offset"]),
    )
    if not isinstance(item.prompt, str) or (item.chosen is None and item.rejected is None):
        raise ValueError("a prompt, and chosen or rejected, are needed")
    return item


def gated(items: list[Item], gate: SafetyGate) -> list[Item]:
    """What of the items may teach, after the safety gate has seen those that teach to skip something dangerous."""
    return [item for item in _gated(items, gate) if item.kind is not None]


def _gated(items: list[Item], gate: SafetyGate) -> Iterator[Item]:
    for item in items:
        if not (item.safety and _teaches_skip(item)):
            yield item
        elif gate == "down-weight":
            yield replace(item, weight=item.weight * DOWN_WEIGHT)
        elif gate == "invert":
            yield _inverted(item)


def _teaches_skip(item: Item) -> bool:
    """An unwanted post teaches to skip as much as a wanted skip does."""
    if item.desirable is False:
        return item.rejected is not None and not SKIP.match(item.rejected)
    return item.chosen is not None and SKIP.match(item.chosen) is not None


def _inverted(item: Item) -> Item:
    desirable = item.desirable if item.kind == "pair" else item.chosen is None
    offset = None if item.offset is None else -item.offset
    return replace(item, chosen=item.rejected, rejected=item.chosen, desirable=desirable, offset=offset)
