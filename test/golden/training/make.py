"""Trains tiny random decoders for ten steps, their adapters or all of their weights, and writes every number on the way.

    pip install torch==2.15.0 transformers==5.23.0 peft==0.21.2 safetensors==0.8.0 numpy==2.4.6
    python test/golden/training/make.py

The bases are those of test/golden/decoder, their weights widened to f32.

<case>/case.json                    the base, the adapter as addAdapter takes it or none where all weights are trained,
                                    and what each step is told; lr has one rate per step
<case>/adapter/                     the PEFT folder of the adapter before training, as save_pretrained writes it
<case>/expected.safetensors
    offsets [B + 1]                 the rows of every batch; row r is ids[offsets[r] … offsets[r + 1])
    ids [10, T], labels [10, T]     a batch per step; -100 is no label, position t is scored from t - 1
    loss [1], gradient.<name>       of the first batch: the mean over its labels, and that mean's gradient by each
                                    trainable tensor, under the names of adapter_model.safetensors or of the base's files
    losses [10], norms [10]         before each step: the mean loss, and the norm of all gradients before clipping
    parameters.<name>               after the last step
    row [1], kept [K], logits [K, V]  with the untrained adapter: of this row of the first batch the logits of these tokens
    error.<kind> [1]                how far transformers' own f32 is from those numbers, the largest distance of each
                                    kind: loss, gradient (in units of its tensor's largest element), losses, norms,
                                    parameters, logits

All numbers are computed in f64 and rounded to f32, from f32 weights: rows run one by one, losses summed and divided by
the count of all labels.

Where a tolerance comes from: training that sums in another order than torch has another error of about the same size, so
its numbers may be 8 times `error` away. This holds for the curve, too: what it adds is that each step moves the weights
from which the next one errs, and that Adam divides by the gradient's own size, which makes of a tiny gradient's rounding
a visible part of a step. Both are in the f32 curve, over the same ten steps. As a few such elements decide the largest
distance, it is the largest of several f32 runs, which add in other orders (`f32_runs`). Each mutant (mutants.py) is at
least 50 tolerances away in one kind of one case.

CPU only, on one thread. The seed is 20241103. Files name the versions that made them in their metadata.
"""

import json
import sys
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree

import torch
from safetensors.torch import save_file
from transformers import logging

from cases import CASES, DECODERS, LENGTHS, Batch, adapt, sample_batches

sys.path.append(str(DECODERS))

from descent import distances, logits_of, numbers_of, rates, transformers_model  # noqa: E402
from reference import in_float64, load  # noqa: E402

folder = Path(__file__).parent
packages = ("transformers", "torch", "peft", "safetensors", "numpy")
# One entry: several would be written in an order that changes from run to run.
made_with = {"made_with": ", ".join(f"{name} {version(name)}" for name in packages)}

ROW = 2  # the longest
KEPT = torch.tensor([0, 1, 6, 20, 36])
BYTES = 1_500_000


def adapter_logits(model, batches):
    with torch.no_grad():
        return {"logits": logits_of(model, batches[0].rows[ROW])[KEPT]}


def all_numbers(model, case, batches):
    """Trains the model that is given."""
    logits = adapter_logits(model, batches) if case.adapter else {}
    return {**numbers_of(model, case, batches), **logits}


def f32_runs(model, case, batches):
    """The same numbers four times: sums over rows and over keys have no order of their own."""
    turned = [Batch(batch.rows[::-1], batch.labels[::-1]) for batch in batches]
    for attention in "eager", "sdpa":
        for order in batches, turned:
            copy = deepcopy(model)
            transformers_model(copy).set_attn_implementation(attention)
            numbers = numbers_of(copy, case, order)
            if case.adapter:
                copy = deepcopy(model)
                transformers_model(copy).set_attn_implementation(attention)
                numbers |= adapter_logits(copy, batches)
            yield numbers


def errors_of(model, case, batches, exact):
    runs = [distances(numbers, exact) for numbers in f32_runs(model, case, batches)]
    for kind in runs[0]:
        print(f"    f32 errors of {kind}: " + " ".join(f"{run[kind]:.1e}" for run in runs))
    eps = torch.finfo(torch.float32).eps
    # An f32 that happens to be exact has an error of its last bit nevertheless.
    largest = {"gradient": 1.0}
    for name, numbers in exact.items():
        kind = name.partition(".")[0]
        if kind != "gradient":
            largest[kind] = max(largest.get(kind, 0.0), float(numbers.abs().max()))
    return {kind: max(eps * largest[kind], *(run[kind] for run in runs)) for kind in largest}


def save_adapter(model, base, place):
    """As users have it, but for the card, and for the base's path, which is this machine's."""
    [config] = model.peft_config.values()
    config.base_model_name_or_path = base
    # A set, which would be written in an order that changes from run to run.
    config.target_modules = sorted(config.target_modules)
    model.save_pretrained(place, save_embedding_layers=False)
    (place / "README.md").unlink()


def write_case(case, random):
    place = folder / case.name
    rmtree(place, ignore_errors=True)
    place.mkdir()
    model = load(DECODERS / case.base)
    if case.adapter:
        model = adapt(model, case, random)
        save_adapter(model, case.base, place / "adapter")
    (place / "case.json").write_text(json.dumps(case.json(rates(case)), indent=2) + "\n")

    batches = sample_batches(transformers_model(model).config, random)
    with in_float64(model) as exact_model:
        exact = all_numbers(exact_model, case, batches)
    clipped = int((exact["norms"] > case.clip).sum())
    print(f"{case.name}: loss {float(exact['loss']):.2f}, {clipped} of {len(batches)} steps clipped")
    print("    norms " + " ".join(f"{norm:.2f}" for norm in exact["norms"].tolist()))
    assert 2 <= clipped <= len(batches) - 2, "clipping must bite in some steps and not in others"
    errors = errors_of(model, case, batches, exact)
    tensors = {
        "offsets": torch.tensor([0, *LENGTHS]).cumsum(0).int(),
        "ids": torch.stack([torch.cat(batch.rows) for batch in batches]).int(),
        "labels": torch.stack([torch.cat(batch.labels) for batch in batches]).int(),
        **{name: numbers.float().contiguous() for name, numbers in exact.items()},
        **({"row": torch.tensor([ROW]).int(), "kept": KEPT.int()} if case.adapter else {}),
        **{f"error.{kind}": torch.tensor([error]) for kind, error in errors.items()},
    }
    save_file(tensors, place / "expected.safetensors", made_with)
    print(f"    {sum(file.stat().st_size for file in place.rglob('*') if file.is_file())} bytes")


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)  # nothing here is large enough for two
    random = torch.Generator().manual_seed(20241103)
    for case in CASES:
        write_case(case, random)
    total = sum(file.stat().st_size for file in folder.rglob("*") if file.suffix in (".json", ".safetensors"))
    print(f"all: {total} bytes")
    assert total < BYTES
