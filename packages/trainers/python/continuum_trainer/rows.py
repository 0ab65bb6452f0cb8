"""Items as token ids, and batches of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer

from continuum_trainer.items import Item

Row = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Sequences of one step; positions in the lists below are those of `sequences`."""

    # (prompt ids, completion ids)
    sequences: list[tuple[list[int], list[int]]]
    # (sequence, weight)
    sft: list[tuple[int, float]]
    # (chosen, rejected, weight)
    pairs: list[tuple[int, int, float]]
    # (sequence, is desirable, weight)
    judged: list[tuple[int, bool, float]]
    # Prompts with the answer of another prompt, for KTO's estimate of the divergence.
    strangers: list[int]


def to_row(item: Item, tokenizer: Tokenizer, limit: int) -> Row:
    """Token ids of an item; prompt and answer are encoded apart, and the prompt loses its beginning beyond `limit`."""

    def encode(text: str | None) -> list[int] | None:
        return None if text is None else tokenizer.encode(text, add_special_tokens=False).ids

    chosen, rejected = encode(item.chosen), encode(item.rejected)
    room = limit - max(len(chosen or []), len(rejected or []))
    prompt = encode(item.prompt) or []
    return {
        "prompt": prompt[max(0, len(prompt) - room) :],
        "chosen": chosen,
        "rejected": rejected,
        "desirable": item.desirable,
        "weight": item.weight,
    }


def collate(rows: list[Row]) -> dict[str, Batch]:
    """The sequences of some rows and what is taught by which of them."""
    batch = Batch(sequences=[], sft=[], pairs=[], judged=[], strangers=[])
    for row in rows:
        _add(batch, row)
    _add_strangers(batch)
    return {"batch": batch}


def _add(batch: Batch, row: Row) -> None:
    weight = row["weight"]
    positions = {}
    for side in ("chosen", "rejected"):
        if row[side] is not None:
            positions[side] = len(batch.sequences)
            batch.sequences.append((row["prompt"], row[side]))
    if "chosen" in positions and row["desirable"] is not False:
        batch.sft.append((positions["chosen"], weight))
    if len(positions) == 2:
        batch.pairs.append((positions["chosen"], positions["rejected"], weight))
    elif row["desirable"] is not None or "rejected" in positions:
        [(side, at)] = positions.items()
        desirable = side == "chosen" if row["desirable"] is None else row["desirable"]
        batch.judged.append((at, desirable, weight))


def _add_strangers(batch: Batch) -> None:
    judged = [batch.sequences[at] for at, _, _ in batch.judged]
    if len(judged) < 2:
        return
    for (prompt, _), (_, completion) in zip(judged, judged[1:] + judged[:1], strict=True):
        batch.strangers.append(len(batch.sequences))
        batch.sequences.append((prompt, completion))
