"""The data file: JSON Lines of `TrainingItem`, and what each item teaches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from continuum_trainer.job import InvalidInputError

SafetyGate = Literal["skip", "down-weight", "invert"]
# What is left of an item's weight when the safety gate weighs it down.
DOWN_WEIGHT = 0.1


@dataclass(frozen=True)
class Item:
    """A pair to prefer (both), an answer to imitate (`chosen`), or one answer judged (`desirable` is set)."""

    prompt: str
    chosen: str | None
    rejected: str | None
    desirable: bool | None
    weight: float
    safety: bool

    @property
    def is_pair(self) -> bool:
        return self.chosen is not None and self.rejected is not None


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
    )
    if not isinstance(item.prompt, str) or (item.chosen is None and item.rejected is None):
        raise ValueError("a prompt, and chosen or rejected, are needed")
    return item


def gated(items: list[Item], gate: SafetyGate) -> list[Item]:
    """What of the items may teach, after the safety gate has seen those that teach to skip something dangerous."""
    return list(_gated(items, gate))


def _gated(items: list[Item], gate: SafetyGate) -> Iterator[Item]:
    for item in items:
        if not (item.safety and _teaches_skip(item)):
            yield item
        elif gate == "down-weight":
            yield replace(item, weight=item.weight * DOWN_WEIGHT)
        elif gate == "invert":
            yield _inverted(item)


def _teaches_skip(item: Item) -> bool:
    if item.chosen is not None and item.desirable is not False:
        return item.chosen.strip() == "skip"
    return item.rejected is not None and item.rejected.strip() == "post"


def _inverted(item: Item) -> Item:
    desirable = None if item.is_pair else item.chosen is None
    return replace(item, chosen=item.rejected, rejected=item.chosen, desirable=desirable)
