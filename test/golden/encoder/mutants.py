"""
Trains with one mistake at a time (wrong.py) and shows that the goldens do not let it pass.

    python test/golden/encoder/mutants.py [case…]

A test fails if one kind of number (loss, gradient, losses, norms, parameters) is more than TOLERANCE errors away from what
expected.safetensors has. Each mutant must be MARGIN times as far in one kind, in one case at least. What is right must be
within the tolerance. Mistakes that show in the first batch are looked for there; those of steps take all ten. Exits with 1
if a mutant would pass, or if no case has what it gets wrong.
"""

import sys
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import replace
from math import inf, isnan

import torch
from safetensors.torch import load_file
from transformers import logging

from make import Procedure, folder, kept, numbers_of
from encoders import load
from objectives import CASES, Batch
from wrong import MUTANTS, Training

TOLERANCE = 8
MARGIN = 50
KINDS = ("loss", "gradient", "losses", "norms", "parameters")


def batches_of(expected):
    names = [name.removesuffix(".ids") for name in expected if name.endswith(".ids")]
    names.sort(key=lambda name: (name != "anchors", name != "positives", name))
    lengths = {name: expected[f"{name}.offsets"].diff().tolist() for name in names}
    for step in range(10):
        blocks = {name: expected[f"{name}.ids"][step].long().split(lengths[name]) for name in names}
        labels = expected["labels"][step].long().split(lengths["ids"]) if "labels" in expected else []
        yield Batch(blocks, list(labels))


def factors(training, batches, expected, held=None):
    """How many tolerances each kind of number is off; of a single batch the loss and its gradient."""
    with held or nullcontext():
        numbers = numbers_of(training.model, training.case, batches, training.procedure)
    found = {}
    for name, wanted in expected.items():
        kind = name.partition(".")[0]
        if kind not in KINDS or (len(batches) < 10 and kind not in ("loss", "gradient")):
            continue
        # A parameter that a mistake leaves without a gradient.
        number = kept(numbers[name]) if name in numbers else torch.tensor(inf)
        distance = float((number - wanted.double()).abs().max())
        if kind == "gradient":
            distance /= float(wanted.abs().max())
        found[kind] = max(found.get(kind, 0.0), inf if isnan(distance) else distance)
    return {kind: off / (TOLERANCE * float(expected[f"error.{kind}"])) for kind, off in found.items()}


def run(case):
    """How far each mutant is that the case has; throws if what is right is beyond the tolerance."""
    expected = load_file(folder / "training" / case.name / "expected.safetensors")
    model = load(folder / case.base).double()
    batches = list(batches_of(expected))
    right = factors(Training(case, deepcopy(model), Procedure()), batches, expected)
    print(f"{case.name}: what is right is {max(right.values()):.3f} tolerances away")
    assert max(right.values()) < 1, f"{case.name} refuses what is right"
    found = {}
    for name, (applies, change) in MUTANTS.items():
        if not applies(case):
            continue
        training = Training(replace(case), deepcopy(model), Procedure())
        off = factors(training, batches if name.endswith("(steps)") else batches[:1], expected, change(training))
        kind = max(off, key=off.get)
        found[name] = off[kind]
        print(f"    {off[kind]:12.1f} tolerances away in {kind}: {name}", flush=True)
    return found


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    farthest = {}
    for case in CASES:
        if case.name in sys.argv[1:] or len(sys.argv) == 1:
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
