"""One job from its file to its adapter."""

from __future__ import annotations

import math
import os
import time

import torch
from datasets import Dataset
from transformers import set_seed
from trl import DPOConfig

from continuum_trainer.callbacks import Conduct
from continuum_trainer.checkpoints import newest_whole
from continuum_trainer.items import Item, gated, read_items
from continuum_trainer.job import InvalidInputError, Job, assert_hash
from continuum_trainer.model import load_model, load_tokenizer, save_adapter, trl_tokenizer
from continuum_trainer.progress import Events
from continuum_trainer.rows import collate, to_rows
from continuum_trainer.trainer import DualChannelTrainer


def train(job: Job, events: Events) -> bool:
    """Trains the job's adapter; false when it was cancelled. Raises InvalidInputError."""
    items = _items(job)
    _settle(job)
    model, lora = load_model(job)
    tokenizer = load_tokenizer(job)
    rows = to_rows(items, tokenizer, model.config.max_position_embeddings)
    conduct = Conduct(events, job.options.cpu_share)
    trainer = DualChannelTrainer(
        model=model,
        peft_config=lora,
        args=_arguments(job, len(rows)),
        train_dataset=Dataset.from_list(rows),
        data_collator=collate,
        processing_class=trl_tokenizer(tokenizer),
        callbacks=[conduct],
    )
    conduct.trainer = trainer
    trainer.sft_weight, trainer.preference_weight = _channel_weights(job, items)
    resumed = newest_whole(job.checkpoints)
    trainer.train(resume_from_checkpoint=None if resumed is None else str(resumed))
    if conduct.cancelled:
        return False
    save_adapter(trainer.accelerator.unwrap_model(trainer.model), job)
    return True


def _items(job: Job) -> list[Item]:
    assert_hash(job.data_file, job.data_hash, "data file")
    assert_hash(job.base_folder / "model.safetensors", job.base_model, "base model")
    items = gated(read_items(job.data_file), job.options.safety_gate)
    if not items:
        raise InvalidInputError(f"{job.data_file} has nothing to learn from. Collect corrections first.")
    return items


def _settle(job: Job) -> None:
    """The same job gives the same adapter, and a part of a CPU means one thread that others may push aside."""
    set_seed(job.options.seed)
    torch.set_num_threads(1)
    if job.options.cpu_share < 1:
        os.nice(10)


def _channel_weights(job: Job, items: list[Item]) -> tuple[float, float]:
    """A channel without data gives its share to the other."""
    sft, preference = job.options.sft_weight, job.options.preference_weight
    has_sft = any(item.is_imitated for item in items)
    has_preference = any(item.kind != "sft" for item in items)
    if not has_preference:
        return sft + preference, 0.0
    return (sft, preference) if has_sft else (0.0, sft + preference)


def _arguments(job: Job, rows: int) -> DPOConfig:
    options = job.options
    micro_steps = math.ceil(rows / options.batch)
    steps = math.ceil(micro_steps / options.accumulate) * options.epochs
    return DPOConfig(
        output_dir=str(job.checkpoints),
        beta=options.beta,
        num_train_epochs=options.epochs,
        per_device_train_batch_size=options.batch,
        gradient_accumulation_steps=options.accumulate,
        learning_rate=options.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(options.warm_up * steps),
        weight_decay=options.weight_decay,
        max_grad_norm=options.clip,
        seed=options.seed,
        data_seed=options.seed,
        save_strategy="steps",
        save_steps=options.checkpoint_every,
        save_total_limit=2,
        logging_strategy="no",
        report_to=[],
        remove_unused_columns=False,
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=not torch.cuda.is_available(),
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )


def timed(job: Job, events: Events) -> bool:
    """Trains, and says how it ended."""
    began = time.perf_counter()
    is_done = train(job, events)
    events.say("done" if is_done else "cancelled")
    print(f"{job.id}: {time.perf_counter() - began:.1f} s", flush=True)
    return is_done
