"""The base model with a fresh LoRA, and the adapter that is left of it."""

from __future__ import annotations

import importlib.util
import shutil
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model_state_dict
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from continuum_trainer.job import Job, write_json


def has_unsloth() -> bool:
    """Is CUDA there, and Unsloth installed?"""
    return torch.cuda.is_available() and importlib.util.find_spec("unsloth") is not None


def load_model(job: Job) -> tuple[PreTrainedModel | PeftModel, LoraConfig | None]:
    """The base model and the LoRA that TRL is to put on it; Unsloth puts its own on."""
    # What Unsloth loads may be of a precision into which parents cannot be merged exactly.
    use_unsloth = has_unsloth() and not job.parent_folders
    return (_load_unsloth(job), None) if use_unsloth else (_load_plain(job), LoraConfig(**_lora(job)))


def _load_plain(job: Job) -> PreTrainedModel:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    base = AutoModelForCausalLM.from_pretrained(job.base_folder, dtype=torch.float32, local_files_only=True)
    for folder in job.parent_folders:
        base = PeftModel.from_pretrained(base, folder).merge_and_unload()
    return base.to(device)


def _load_unsloth(job: Job) -> PeftModel:
    from unsloth import FastLanguageModel

    base, _ = FastLanguageModel.from_pretrained(str(job.base_folder), load_in_4bit=False, local_files_only=True)
    return FastLanguageModel.get_peft_model(
        base, use_gradient_checkpointing="unsloth", random_state=job.options.seed, **_lora(job)
    )


def _lora(job: Job) -> dict[str, Any]:
    options = job.options
    return {
        "r": options.rank,
        "lora_alpha": options.alpha,
        "target_modules": list(options.targets),
        "lora_dropout": 0.0,
        "bias": "none",
    }


def load_tokenizer(job: Job) -> Tokenizer:
    """The tokenizer of the base folder, as it encodes for the engine: nothing added."""
    return Tokenizer.from_file(str(job.base_folder / "tokenizer.json"))


def trl_tokenizer(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """What TRL asks for; it never encodes, for the rows are token ids already."""
    mark = tokenizer.id_to_token(0)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=mark, pad_token=mark)


def save_adapter(model: PeftModel, job: Job) -> None:
    """Writes the PEFT folder whole: beside its place first, then moved there."""
    beside = job.output_folder / "adapter.part"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    state = get_peft_model_state_dict(model)
    tensors = {name: value.detach().to("cpu", torch.float32).contiguous() for name, value in sorted(state.items())}
    save_file(tensors, beside / "adapter_model.safetensors", metadata={"format": "pt"})
    write_json(beside / "adapter_config.json", _config(job))
    shutil.rmtree(job.adapter, ignore_errors=True)
    beside.rename(job.adapter)


def _config(job: Job) -> dict[str, Any]:
    """The fields that `@continuum/transformer/format/peft` writes, and no others."""
    return {
        "alpha_pattern": {},
        "base_model_name_or_path": job.base_model,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "lora_alpha": job.options.alpha,
        "lora_dropout": 0,
        "modules_to_save": None,
        "peft_type": "LORA",
        "r": job.options.rank,
        "rank_pattern": {},
        "target_modules": list(job.options.targets),
        "task_type": "CAUSAL_LM",
        "use_dora": False,
        "use_rslora": False,
    }
