"""Trains the base model's tokenizer: byte-level BPE over whole words, so that a fact such as `path=test` is one token."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 2048
ANSWERS = (" post", " skip", " correction", " confirmation", " question", " other")


def texts(files: list[Path]) -> Iterator[str]:
    """Prompts of the given JSON Lines files."""
    for file in files:
        with file.open() as lines:
            for line in lines:
                yield json.loads(line)["prompt"]


def train(files: list[Path]) -> Tokenizer:
    """A tokenizer in which every answer is a single token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r" ?[^\s]+|\s"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<pad>"],
        show_progress=False,
    )
    # The answers stand often enough that each becomes one token by the ordinary merges.
    answers = " ".join(ANSWERS).strip()
    tokenizer.train_from_iterator([*texts(files), *[" " + answers] * 50_000], trainer)
    for answer in ANSWERS:
        assert len(tokenizer.encode(answer).ids) == 1, answer
    return tokenizer


if __name__ == "__main__":
    train([Path(name) for name in sys.argv[2:]]).save(sys.argv[1])
