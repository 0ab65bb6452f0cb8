"""Trains the base model from generated questions; see README.md beside this file.

The model learns what the memory does not know: its log-odds of posting are added to the memory's (a residual), as the
judge does it. Bare prompts and replies stand for themselves.

Usage: pretrain.py DATA_FOLDER OUTPUT_FOLDER [--minutes N] [--threads N] [--seed N]
The data folder holds tokenizer.json, replies.jsonl and shards s*.jsonl; the last shard is kept for validation.
"""

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from model import Decoder, Shape
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

BATCH = 64
PEAK_RATE = 1.5e-3
WARM_UP = 0.03
WEIGHT_DECAY = 0.05
CLIP = 1.0
AVERAGE = 0.998
BARE_SHARE = 0.1
REPLY_SHARE = 0.05
MOST_TOKENS = 256
# With a handful of corrections most questions cannot be answered: half of them are enough.
FEW_CORRECTIONS = 12
FEW_SHARE = 0.5
MOST_OFFSET = 4.0


@dataclass(frozen=True)
class Example:
    ids: list[int]
    answer: int
    corrections: int
    """Log-odds of posting that the memory brings; 0 where the model answers alone."""
    offset: float


def encode(tokenizer: Tokenizer, prompt: str, answer: str, row: dict, offset: float = 0.0) -> Example:
    """Prompt and answer are encoded apart, as the engine does it."""
    ids = tokenizer.encode(prompt).ids[-MOST_TOKENS:]
    (target,) = tokenizer.encode(answer).ids
    return Example(ids, target, row.get("corrections", 0), offset)


def logit(probability: float) -> float:
    """Log-odds, bounded as the judge bounds them."""
    inside = min(1 - 1e-4, max(1e-4, probability))
    return max(-MOST_OFFSET, min(MOST_OFFSET, math.log(inside / (1 - inside))))


def read_questions(
    tokenizer: Tokenizer,
    file: Path,
    generator: random.Random,
    bare_share: float = BARE_SHARE,
) -> list[Example]:
    """Questions with the team's dossier; a few of them bare, as a layer sees them without memory."""
    examples = []
    with file.open() as lines:
        for line in lines:
            row = json.loads(line)
            few = row["corrections"] < FEW_CORRECTIONS
            if few and generator.random() > FEW_SHARE:
                continue
            answer = " post" if row["post"] else " skip"
            if generator.random() < bare_share:
                examples.append(encode(tokenizer, row["bare"], answer, row))
            else:
                offset = logit(row["memory"])
                examples.append(encode(tokenizer, row["prompt"], answer, row, offset))
    return examples


def read_replies(tokenizer: Tokenizer, file: Path) -> list[Example]:
    with file.open() as lines:
        rows = [json.loads(line) for line in lines]
    return [encode(tokenizer, row["prompt"], row["answer"], {}) for row in rows]


def batches(
    tokenizer: Tokenizer, folder: Path, generator: random.Random
) -> Iterator[list[Example]]:
    """Batches of similar length without end; shards that appear meanwhile are taken in on the next round."""
    replies = read_replies(tokenizer, folder / "replies.jsonl")
    held_back = replies[: len(replies) // 20]
    replies = replies[len(held_back) :]
    while True:
        shards = sorted(folder.glob("s*.jsonl"))[:-1]
        generator.shuffle(shards)
        for group in (shards[i : i + 4] for i in range(0, len(shards), 4)):
            pool = [
                one
                for file in group
                for one in read_questions(tokenizer, file, generator)
            ]
            pool += generator.sample(replies, int(len(pool) * REPLY_SHARE))
            pool.sort(key=lambda one: len(one.ids) + generator.random() * 8)
            chunks = [pool[i : i + BATCH] for i in range(0, len(pool), BATCH)]
            generator.shuffle(chunks)
            yield from chunks


def collate(examples: list[Example]) -> tuple[Tensor, Tensor]:
    length = max(len(one.ids) for one in examples)
    ids = torch.tensor([one.ids + [0] * (length - len(one.ids)) for one in examples])
    return ids, torch.tensor([len(one.ids) - 1 for one in examples])


def decided(logits: Tensor, examples: list[Example], post: int, skip: int) -> Tensor:
    """Logits [B, V] in float32 with the memory's word added to the two answers."""
    offsets = torch.tensor([one.offset / 2 for one in examples])
    lift = torch.zeros(logits.shape[1]).index_fill_(0, torch.tensor([post]), 1.0)
    lift[skip] = -1.0
    return logits.float() + offsets[:, None] * lift


def rate_at(progress: float) -> float:
    """Linear warm-up, then a cosine down to a fiftieth."""
    if progress < WARM_UP:
        return PEAK_RATE * progress / WARM_UP
    cosine = 0.5 * (
        1 + math.cos(math.pi * min(1.0, (progress - WARM_UP) / (1 - WARM_UP)))
    )
    return PEAK_RATE * (0.02 + 0.98 * cosine)


@torch.no_grad()
def evaluate(model: Decoder, examples: list[Example], post: int, skip: int) -> str:
    """Accuracy of model and memory by number of corrections."""
    model.eval()
    right: dict[str, list[tuple[bool, bool]]] = {}
    loss = 0.0
    for start in range(0, len(examples), BATCH):
        chunk = examples[start : start + BATCH]
        ids, last = collate(chunk)
        answers = torch.tensor([one.answer for one in chunk])
        logits = decided(model(ids, last), chunk, post, skip)
        loss += functional.cross_entropy(logits, answers, reduction="sum").item()
        for one, row in zip(chunk, logits, strict=True):
            posts = bool(row[post] > row[skip])
            bucket = next(
                str(edge) for edge in (5, 15, 40, 100, 1000) if one.corrections < edge
            )
            truth = one.answer == post
            right.setdefault(bucket, []).append(
                (posts == truth, (one.offset >= 0) == truth)
            )
    model.train()
    parts = [
        f"<{edge}: {sum(a for a, _ in pairs) / len(pairs):.4f} ({sum(b for _, b in pairs) / len(pairs):.4f})"
        for edge, pairs in sorted(right.items(), key=lambda item: int(item[0]))
    ]
    return f"loss {loss / len(examples):.4f} " + " ".join(parts)


def save(
    model: Decoder, averaged: dict[str, Tensor], tokenizer: Tokenizer, folder: Path
) -> None:
    """Writes the Hugging Face layout: config.json, model.safetensors (float32), tokenizer.json."""
    folder.mkdir(parents=True, exist_ok=True)
    shape = model.shape
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocab_size,
        "hidden_size": shape.hidden_size,
        "intermediate_size": shape.intermediate_size,
        "num_hidden_layers": shape.num_hidden_layers,
        "num_attention_heads": shape.num_attention_heads,
        "num_key_value_heads": shape.num_attention_heads,
        "max_position_embeddings": shape.max_position_embeddings,
        "rope_theta": shape.rope_theta,
        "rms_norm_eps": shape.rms_norm_eps,
        "tie_word_embeddings": True,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "torch_dtype": "float32",
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": 0,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    weights = {
        f"model.{name}": weight.contiguous() for name, weight in averaged.items()
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer.save(str(folder / "tokenizer.json"))


def groups_of(model: Decoder) -> list[dict]:
    """Norms and embeddings are not decayed."""
    decayed = [
        w
        for name, w in model.named_parameters()
        if w.dim() == 2 and "embed" not in name
    ]
    kept = [
        w for name, w in model.named_parameters() if w.dim() != 2 or "embed" in name
    ]
    return [
        {"params": decayed, "weight_decay": WEIGHT_DECAY},
        {"params": kept, "weight_decay": 0.0},
    ]


def train(data: Path, output: Path, minutes: float, seed: int, start: Path | None) -> None:
    torch.manual_seed(seed)
    generator = random.Random(seed)
    tokenizer = Tokenizer.from_file(str(data / "tokenizer.json"))
    post, skip = (tokenizer.encode(answer).ids[0] for answer in (" post", " skip"))
    last_shard = sorted(data.glob("s*.jsonl"))[-1]
    held_out = read_questions(tokenizer, last_shard, random.Random(0), 0)[:3000]
    model = Decoder(Shape(vocab_size=tokenizer.get_vocab_size()))
    if start is not None:
        weights = {name.removeprefix("model."): weight for name, weight in load_file(start / "model.safetensors").items()}
        model.load_state_dict(weights, strict=False)
    averaged = {
        name: weight.detach().clone() for name, weight in model.named_parameters()
    }
    optimizer = torch.optim.AdamW(groups_of(model), lr=PEAK_RATE, betas=(0.9, 0.98))
    started, seen, reported = time.monotonic(), 0, time.monotonic()
    for step, chunk in enumerate(batches(tokenizer, data, generator)):
        progress = (time.monotonic() - started) / (minutes * 60)
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate_at(progress)
        ids, last = collate(chunk)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(ids, last)
        answers = torch.tensor([one.answer for one in chunk])
        loss = functional.cross_entropy(decided(logits, chunk, post, skip), answers)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        seen += len(chunk)
        keep = min(AVERAGE, (step + 1) / (step + 10))
        with torch.no_grad():
            for name, weight in model.named_parameters():
                averaged[name].lerp_(weight, 1 - keep)
        if time.monotonic() - reported > 120:
            reported = time.monotonic()
            print(
                f"{progress:.2f} seen {seen} {evaluate(model, held_out[:2400], post, skip)}",
                flush=True,
            )
            save(model, averaged, tokenizer, output)
    save(model, averaged, tokenizer, output)
    model.load_state_dict(averaged, strict=False)
    print(f"done, seen {seen} {evaluate(model, held_out, post, skip)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="folder of a model to go on from")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train(arguments.data, arguments.output, arguments.minutes, arguments.seed, arguments.start)
