"""
Trains with one mistake at a time and shows that the goldens do not let it pass.

    python test/golden/training/mutants.py [case…]

A test fails if one kind of number (loss, gradient, losses, norms, parameters, logits) is more than TOLERANCE errors away
from what expected.safetensors has. Each mutant must be MARGIN times as far in one kind, in one case at least; how far it
is in each is printed. The list is in wrong_layers.py and wrong_steps.py. The right training, and AdamW as wrong_steps.py
spells it with nothing wrong, must be within the tolerance. Exits with 1 if a mutant would pass, or if no case has what it
gets wrong.
"""

import json
import sys
from contextlib import nullcontext
from copy import deepcopy
from math import inf, isnan

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import logging

from cases import CASES, DECODERS, Batch

sys.path.append(str(DECODERS))

import wrong_layers  # noqa: E402, F401
import wrong_steps  # noqa: E402
from descent import Procedure, distances, logits_of, numbers_of  # noqa: E402
from make import KEPT, ROW, folder  # noqa: E402
from reference import in_float64, load  # noqa: E402
from wrong import MUTANTS, Training  # noqa: E402

TOLERANCE = 8
MARGIN = 50


def open_case(case):
    """The base with the adapter as its folder has it, the numbers and the batches."""
    model = load(DECODERS / case.base)
    if case.adapter:
        model = PeftModel.from_pretrained(model, folder / case.name / "adapter", is_trainable=True).eval()
    expected = load_file(folder / case.name / "expected.safetensors")
    lengths = expected["offsets"].diff().tolist()
    batches = [
        Batch(ids.long().split(lengths), labels.long().split(lengths))
        for ids, labels in zip(expected["ids"], expected["labels"])
    ]
    return model, expected, batches


def factors(training, batches, expected, patch=None):
    """How many tolerances each kind of number is off."""
    with patch or nullcontext():
        with torch.no_grad():
            # A mutant that joins rows has no single one; it is told by the others.
            logits = logits_of(training.model, batches[0].rows[ROW])[KEPT]
        numbers = numbers_of(training.model, training.case, batches, training.procedure)
    numbers = {**numbers, "logits": logits}
    kinds = {"loss", "gradient", "losses", "norms", "parameters", "logits"}
    wanted = {name: tensor for name, tensor in expected.items() if name.partition(".")[0] in kinds}
    off = distances(numbers, wanted)
    return {kind: off[kind] / (TOLERANCE * float(expected[f"error.{kind}"])) for kind in off}


def worst(found):
    """The kind that is farthest off, and by how much; NaN is as far as can be."""
    far = {kind: inf if isnan(factor) else factor for kind, factor in found.items()}
    kind = max(far, key=far.get)
    return kind, far[kind]


def check_controls(exact, case, spec, batches, expected):
    for name, procedure in {
        "nothing wrong": Procedure(),
        "AdamW as spelt": Procedure(optimizer=wrong_steps.AdamW()),
    }.items():
        kind, factor = worst(factors(Training(case, spec, deepcopy(exact), procedure), batches, expected))
        print(f"    {factor:12.3f} tolerances away in {kind}: {name}")
        assert factor < 1, f"{case.name} refuses what is right"


def run(case):
    """How far each mutant is that the case has; throws if what is right is beyond the tolerance."""
    print(case.name)
    model, expected, batches = open_case(case)
    spec = json.loads((DECODERS / case.base / "spec.json").read_text())
    with in_float64(model) as exact:
        check_controls(exact, case, spec, batches, expected)
        found = {}
        for name, (applies, change) in MUTANTS.items():
            if applies(case, spec):
                training = Training(case, spec, deepcopy(exact), Procedure())
                found[name] = worst(factors(training, batches, expected, change(training)))
    for name, (kind, factor) in sorted(found.items(), key=lambda item: item[1][1]):
        print(f"    {factor:12.1f} tolerances away in {kind}: {name}")
    return {name: factor for name, (_, factor) in found.items()}


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    wanted = sys.argv[1:] or [case.name for case in CASES]
    farthest = {}
    for case in CASES:
        if case.name in wanted:
            for name, factor in run(case).items():
                farthest[name] = max(farthest.get(name, 0.0), factor)
    passing = {name: factor for name, factor in farthest.items() if not factor > MARGIN}
    for name, factor in passing.items():
        print(f"PASSES, only {factor:.1f} tolerances away: {name}")
    untried = [] if sys.argv[1:] else sorted(MUTANTS.keys() - farthest.keys())
    for name in untried:
        print(f"NO CASE has what this gets wrong: {name}")
    if passing or untried or not farthest:
        sys.exit(1)
    nearest = min(farthest, key=farthest.get)
    print(f"{len(farthest)} mutants, none passes; the nearest, {farthest[nearest]:.0f} tolerances away: {nearest}")
