"""TRL's DPO trainer with the loss of both channels, which TRL's own losses cannot weigh item by item."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (the field's name for it)
from datasets import Dataset
from torch import Tensor, nn
from transformers import PreTrainedModel
from trl import DPOTrainer

from continuum_trainer.rows import Batch


class DualChannelTrainer(DPOTrainer):
    """Loss = sft_weight x SFT + preference_weight x (DPO on pairs, KTO on judged answers), each item by its weight."""

    sft_weight = 1.0
    preference_weight = 1.0
    tokens_seen = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (TRL's own)
        super().__init__(*args, **kwargs)
        self.losses: list[float] = []

    def _prepare_dataset(self, dataset: Dataset, *_: Any, **__: Any) -> Dataset:  # noqa: ANN401
        """The rows are token ids already: TRL would add an end mark that our prompts and answers do not have."""
        return dataset

    def _prepare_inputs(self, inputs: dict[str, Batch]) -> dict[str, Batch]:
        return inputs

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Batch],
        return_outputs: bool = False,
        num_items_in_batch: int | None = None,
    ) -> Tensor:
        """The loss of one batch of items."""
        batch = inputs["batch"]
        unwrapped = self.accelerator.unwrap_model(model)
        policy = log_probabilities(unwrapped.get_base_model(), batch)
        with torch.no_grad(), unwrapped.disable_adapter():
            reference = log_probabilities(unwrapped.get_base_model(), batch)
        ratios = policy - reference
        loss = self.sft_weight * sft_loss(policy, batch)
        loss = loss + self.preference_weight * preference_loss(ratios, batch, self.args.beta)
        self.losses.append(loss.item())
        self.tokens_seen += sum(len(prompt) + len(completion) for prompt, completion in batch.sequences)
        return loss / self.current_gradient_accumulation_steps


def log_probabilities(model: PreTrainedModel, batch: Batch) -> Tensor:
    """Sum of log-probabilities of each sequence's completion, `[sequences]`; logits are made for completions only."""
    device = model.get_output_embeddings().weight.device
    width = max(len(prompt) + len(completion) for prompt, completion in batch.sequences)
    ids = torch.zeros(len(batch.sequences), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    wanted = torch.zeros_like(ids, dtype=torch.bool)
    for row, (prompt, completion) in enumerate(batch.sequences):
        end = len(prompt) + len(completion)
        ids[row, :end] = torch.tensor(prompt + completion)
        mask[row, :end] = 1
        wanted[row, len(prompt) : end] = True
    ids, mask, wanted = ids.to(device), mask.to(device), wanted.to(device)
    hidden = model.get_decoder()(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
    before = wanted.roll(-1, dims=1)
    logits = model.get_output_embeddings()(hidden[before]).float()
    token_logps = -F.cross_entropy(logits, ids[wanted], reduction="none")
    owner = wanted.nonzero()[:, 0]
    return torch.zeros(len(batch.sequences), device=device).index_add(0, owner, token_logps)


def sft_loss(policy: Tensor, batch: Batch) -> Tensor:
    """
    Negative log-probability of the answers to imitate, mean over their tokens. Where a decision knows part of the answer
    from elsewhere, that of the choice between both answers in which the two words add up.
    """
    losses = [-weight * policy[at] for at, weight in batch.sft]
    for chosen, rejected, offset, weight in batch.choices:
        losses.append(-weight * F.logsigmoid(policy[chosen] - policy[rejected] + offset))
    if not losses:
        return policy.sum() * 0
    imitated = [at for at, _ in batch.sft] + [chosen for chosen, *_ in batch.choices]
    return torch.stack(losses).sum() / sum(len(batch.sequences[at][1]) for at in imitated)


def preference_loss(ratios: Tensor, batch: Batch, beta: float) -> Tensor:
    """Mean of DPO (arXiv 2305.18290, sigmoid) over pairs and KTO (arXiv 2402.01306) over judged answers."""
    losses = [-weight * F.logsigmoid(beta * (ratios[a] - ratios[b])) for a, b, weight in batch.pairs]
    zero = ratios.detach()[batch.strangers].mean().clamp(min=0) if batch.strangers else 0.0
    for at, desirable, weight in batch.judged:
        margin = ratios[at] - zero if desirable else zero - ratios[at]
        losses.append(weight * (1 - torch.sigmoid(beta * margin)))
    return torch.stack(losses).mean() if losses else ratios.sum() * 0
