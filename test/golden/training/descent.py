"""Loss, gradients and ten steps of AdamW as PyTorch, transformers and PEFT compute them: every row alone, no padding."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy
from transformers import get_constant_schedule_with_warmup

from cases import STEPS
from reference import scored_from_before

WARM_UP = 4


def logits_of(model, row):
    """[T, V]"""
    return model(input_ids=row[None], use_cache=False).logits[0]


def mean_over_labels(sums, counts):
    return torch.stack(sums).sum() / sum(counts)


def adamw(case, named):
    """PyTorch's, with the names of `case.no_decay` in a group of their own."""
    spared = [case.no_decay is not None and re.search(case.no_decay, name) is not None for name in named]
    groups = [
        {"params": [p for p, out in zip(named.values(), spared) if not out], "weight_decay": case.weight_decay},
        {"params": [p for p, out in zip(named.values(), spared) if out], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW([group for group in groups if group["params"]], lr=0, betas=(0.9, 0.999), eps=1e-8)

    def step(rate):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()

    return step


def clip_by_norm(parameters, most):
    return torch.nn.utils.clip_grad_norm_(parameters, most)


@dataclass
class Procedure:
    """The parts of training that have nothing to do with the model's insides; a wrong one replaces one of them."""

    logits: Callable = logits_of
    targets: Callable = lambda batch: [scored_from_before(labels) for labels in batch.labels]
    mean: Callable = mean_over_labels
    gradients: Callable = lambda named: None  # changes `grad` in place
    clip: Callable = clip_by_norm  # (parameters, most) -> norm before
    optimizer: Callable = adamw  # (case, named parameters) -> step(rate)
    clear: Callable = lambda model: model.zero_grad()


def stored_name(name):
    """As adapter_model.safetensors has it."""
    return name.replace(".default.", ".")


def trainable(model):
    return {stored_name(name): p for name, p in model.named_parameters() if p.requires_grad}


def rates(case):
    """A learning rate per step: 0 in the first, which moves the moments alone, then up to `case.lr`."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=case.lr)
    schedule = get_constant_schedule_with_warmup(optimizer, WARM_UP)
    found = []
    for _ in range(STEPS):
        found.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return found


def accumulate(model, batch, procedure):
    """The mean loss; adds its gradient."""
    sums, counts = [], []
    for row, wanted in zip(batch.rows, procedure.targets(batch)):
        sums.append(cross_entropy(procedure.logits(model, row), wanted, ignore_index=-100, reduction="sum"))
        counts.append(int((wanted != -100).sum()))
    loss = procedure.mean(sums, counts)
    loss.backward()
    return loss.detach()


def numbers_of(model, case, batches, procedure=None):
    """
    loss [1] and gradient.<name> of the first batch, losses [10] and norms [10] of each before its step, and
    parameters.<name> after the last. Changes the model.
    """
    procedure = procedure or Procedure()
    named = trainable(model)
    step = procedure.optimizer(case, named)
    losses, norms, gradients = [], [], {}
    for batch, rate in zip(batches, rates(case)):
        losses.append(accumulate(model, batch, procedure))
        procedure.gradients(named)
        if not gradients:
            gradients = {f"gradient.{name}": p.grad.clone() for name, p in named.items()}
        norms.append(procedure.clip(list(named.values()), case.clip).detach())
        step(rate)
        procedure.clear(model)
    return {
        "loss": losses[0][None],
        **gradients,
        "losses": torch.stack(losses),
        "norms": torch.stack(norms),
        **{f"parameters.{name}": p.detach().clone() for name, p in named.items()},
    }


def transformers_model(model):
    return model.base_model.model if isinstance(model, PeftModel) else model


def distances(numbers, exact):
    """
    The largest distance of each kind of number. Gradients of different tensors differ by orders of magnitude, so theirs
    is in units of the tensor's largest element.
    """
    found = {}
    for name, wanted in exact.items():
        distance = float((numbers[name].double() - wanted.double()).abs().max())
        kind, _, tensor = name.partition(".")
        if kind == "gradient":
            distance /= float(wanted.abs().max())
        found[kind] = max(found.get(kind, 0.0), distance)
    return found
