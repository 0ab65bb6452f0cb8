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
    # (chosen, rejected, log-odds known from elsewhere, weight)
    choices: list[tuple[int, int, float, float]]
    # (chosen, rejected, weight)
    pairs: list[tuple[int, int, float]]
    # (sequence, is desirable, weight)
    judged: list[tuple[int, bool, float]]
    # Prompts with the answer of another item, for KTO's estimate of the divergence.
    strangers: list[int]


def to_rows(items: list[Item], tokenizer: Tokenizer, limit: int) -> list[Row]:
    """Token ids of items. Prompt and answers are encoded apart; a prompt loses its beginning beyond `limit` tokens."""
    rows = [_to_row(item, tokenizer, limit) for item in items]
    singles = [row for row in rows if row["kind"] == "single"]
    for row, before in zip(singles, singles[-1:] + singles[:-1], strict=True):
        row["stranger"] = before["completions"][0]
    return rows


def _to_row(item: Item, tokenizer: Tokenizer, limit: int) -> Row:
    answers = [item.chosen, item.rejected] if item.kind == "pair" else [item.judged]
    completions = [_encode(tokenizer, answer) for answer in answers if answer is not None]
    prompt = _encode(tokenizer, item.prompt)
    room = limit - max(map(len, completions))
    return {
        "kind": item.kind,
        "prompt": prompt[max(0, len(prompt) - room) :],
        "completions": completions,
        "stranger": None,
        "is_imitated": item.is_imitated,
        "weight": item.weight,
        "offset": item.offset,
    }


def _encode(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


def collate(rows: list[Row]) -> dict[str, Batch]:
    """The sequences of some rows and what is taught by which of them."""
    batch = Batch(sequences=[], sft=[], choices=[], pairs=[], judged=[], strangers=[])
    for row in rows:
        _add(batch, row)
    return {"batch": batch}


def _add(batch: Batch, row: Row) -> None:
    at, weight = len(batch.sequences), row["weight"]
    batch.sequences.extend((row["prompt"], completion) for completion in row["completions"])
    is_choice = row["kind"] == "pair" and row["offset"] is not None
    if is_choice:
        batch.choices.append((at, at + 1, row["offset"], weight))
    elif row["is_imitated"]:
        batch.sft.append((at, weight))
    if row["kind"] == "pair":
        batch.pairs.append((at, at + 1, weight))
    if row["kind"] == "single":
        batch.judged.append((at, row["is_imitated"], weight))
        batch.strangers.append(len(batch.sequences))
        batch.sequences.append((row["prompt"], row["stranger"]))
