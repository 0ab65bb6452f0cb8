"""PEFT and torch at the same job: one JSON line in, one out.

Sorted by length into micro-batches, so that little is padded; logits only where they are needed; reference
log-probabilities computed before the clock starts, as TRL's precompute_ref_log_probs does.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model
from transformers import LlamaForCausalLM

setup = json.loads(sys.stdin.readline())
torch.set_num_threads(setup["threads"])
torch.manual_seed(1)
base = LlamaForCausalLM.from_pretrained(setup["base"], dtype=torch.float32)
modules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
lora = LoraConfig(r=setup["rank"], lora_alpha=2 * setup["rank"], target_modules=modules, lora_dropout=0.0)
model = get_peft_model(base, lora)
model.train()
trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.01)
items = setup["items"]
batch, beta = setup["batch"], 0.1


def log_probabilities(sequences):
    """Sum over the answer's tokens, for sequences of (prompt, answer), padded on the right."""
    longest = max(len(prompt) + len(answer) for prompt, answer in sequences)
    ids = torch.zeros(len(sequences), longest, dtype=torch.long)
    mask = torch.zeros(len(sequences), longest, dtype=torch.long)
    rows, places, tokens = [], [], []
    for row, (prompt, answer) in enumerate(sequences):
        text = prompt + answer
        ids[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = 1
        for i, token in enumerate(answer):
            rows.append(row)
            places.append(len(prompt) + i - 1)
            tokens.append(token)
    llama = model.get_base_model()
    hidden = llama.model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
    logits = llama.lm_head(hidden[rows, places])
    picked = F.log_softmax(logits, dim=-1)[torch.arange(len(tokens)), tokens]
    return torch.zeros(len(sequences)).index_add(0, torch.tensor(rows), picked)


def reference(item):
    with torch.no_grad(), model.disable_adapter():
        return log_probabilities([(item["prompt"], item["chosen"]), (item["prompt"], item["rejected"])])


references = {item["id"]: reference(item) for item in items} if setup["task"] == "dual" else {}


def loss_of(part, tokens, count):
    chosen = [(item["prompt"], item["chosen"]) for item in part]
    if setup["task"] == "sft":
        return -log_probabilities(chosen).sum() / tokens
    values = log_probabilities(chosen + [(item["prompt"], item["rejected"]) for item in part])
    half = len(part)
    known = torch.stack([references[item["id"]] for item in part])
    margins = beta * ((values[:half] - known[:, 0]) - (values[half:] - known[:, 1]))
    return -values[:half].sum() / tokens - F.logsigmoid(margins).sum() / count


def step(at, micro):
    chosen = [items[(at * batch + i) % len(items)] for i in range(batch)]
    chosen.sort(key=lambda item: len(item["prompt"]))
    tokens = sum(len(item["chosen"]) for item in chosen)
    optimizer.zero_grad()
    for first in range(0, batch, micro):
        loss_of(chosen[first : first + micro], tokens, batch).backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    kinds = ["chosen"] if setup["task"] == "sft" else ["chosen", "rejected"]
    return sum(len(item["prompt"]) + len(item[kind]) for item in chosen for kind in kinds)


def timed(first, steps, micro):
    wall, cpu = time.perf_counter(), time.process_time()
    tokens = sum(step(first + i, micro) for i in range(steps))
    return {"tokens": tokens, "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def best_micro_batch():
    """The size that is fastest here, so that the peer is not held back by our choice."""
    sizes = [size for size in (batch, batch // 2, batch // 4) if size > 0]
    rates = {}
    for size in sizes:
        timed(0, 1, size)
        run = timed(0, 2, size)
        rates[size] = run["tokens"] / run["cpu"]
    return max(rates, key=lambda size: rates[size])


micro = best_micro_batch()
print(json.dumps({"micro": micro, "torch": torch.__version__}), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps(timed(order["first"], order["steps"], micro)), flush=True)
