"""Writes tiny random decoders as Hugging Face folders, and what transformers computes with them.

    pip install torch==2.15.0 transformers==5.23.0 safetensors==0.8.0 numpy==2.4.6
    python test/golden/decoder/make.py

<case>/config.json, *.safetensors   a folder as users have it (cases.py)
<case>/spec.json                    its DecoderSpec, read off the modules of transformers (describe.py)
<case>/expected.safetensors
    ids [T], offsets [B + 1]        the rows, one after the other; row r is ids[offsets[r] … offsets[r + 1])
    kept [K]                        the tokens, as indices into ids, whose numbers are stored
    logits [K, V], hidden_states [layers + 1, K, H]
                                    f32, eager attention, every row alone, on the stored weights widened to f32;
                                    hidden states as transformers has them: embedded, after each layer but the last,
                                    after the final norm
    labels [T], loss [1]            -100 is no label; position t is scored from t - 1; the mean over the labels of all rows
    error.logits [1], error.hidden_states [1], error.loss [1]
                                    the largest distance of those numbers from the same computed in f64
forms.json                          configurations without weights: what is published and what is odd (forms.py)

Where a tolerance comes from: a decoder that sums in another order than torch has another error of about the same size,
so its numbers may be TOLERANCE times `error` away. Each mutant (mutants.py) moves a stored logit by at least MARGIN
tolerances, and each mistaken loss the loss, which is asserted here.

CPU only. The seed is 20240918. Files name the versions that made them in their metadata.
"""

import json
from contextlib import nullcontext
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree

import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy
from transformers import logging

from cases import CASES, config_of, save
from describe import describe
from forms import FORMS
from mutants import MUTANTS, mistaken_losses, mutants_of
from reference import in_float64, load, loss_of, run, scored_from_before

folder = Path(__file__).parent
packages = ("transformers", "torch", "safetensors", "numpy")
# One entry: several would be written in an order that changes from run to run.
made_with = {"made_with": ", ".join(f"{name} {version(name)}" for name in packages)}

TOLERANCE = 8
MARGIN = 1000
MARGINS = {"exact GELU": 20}  # the two GELUs are never further apart than 5e-4
BYTES = 1_500_000


def sample(lengths, vocabulary, random):
    """Rows of ids, and their labels, a third of which are none. Rows' first labels are real: they must not count."""
    rows = [torch.randint(vocabulary, (length,), generator=random) for length in lengths]
    labels = [torch.where(torch.rand(len(row), generator=random) < 1 / 3, -100, row) for row in rows]
    for row, wanted in zip(rows, labels):
        wanted[0] = row[0]
    return rows, labels


def kept_tokens(lengths, stride):
    """The last of every row, and of each `stride` the first."""
    first, kept = 0, []
    for length in lengths:
        kept += sorted({*range(first, first + length, stride), first + length - 1})
        first += length
    return torch.tensor(kept)


def distance(a, b):
    return float((a.double() - b.double()).abs().max())


def compute(model, rows, labels):
    logits, hidden_states = run(model, rows)
    return {"logits": logits, "hidden_states": hidden_states, "loss": loss_of(model, rows, labels).reshape(1)}


def errors_of(numbers, model, rows, labels):
    with in_float64(model) as exact_model:
        logits, hidden_states = run(exact_model, rows)
    # The loss by its definition, as transformers' own goes back to f32.
    loss = cross_entropy(logits, torch.cat([scored_from_before(row) for row in labels])).reshape(1)
    exact = {"logits": logits, "hidden_states": hidden_states, "loss": loss}
    # An f32 that happens to be exact has an error of its last bit nevertheless.
    least = {name: torch.finfo(torch.float32).eps * float(number.abs().max()) for name, number in numbers.items()}
    return {name: max(distance(numbers[name], exact[name]), least[name]) for name in numbers}


def margins_of(model, spec, rows, kept):
    """How far each mutant moves the kept logits."""
    logits = run(model, rows)[0][kept]
    margins = {}
    for name, change in mutants_of(spec).items():
        wrong = deepcopy(model)
        with change(wrong, spec) or nullcontext():
            margins[name] = distance(run(wrong, rows)[0][kept], logits)
    margins["rows see those before them"] = distance(run(model, [torch.cat(rows)])[0][kept], logits)
    return margins


def check(margins, tolerance):
    for name, margin in sorted(margins.items(), key=lambda item: item[1])[:3]:
        print(f"    {margin / tolerance:9.0f} tolerances away: {name}")
    for name, margin in margins.items():
        assert margin > MARGINS.get(name, MARGIN) * tolerance, f"{name}: only {margin / tolerance} tolerances away"


def write_case(case, random):
    place = folder / case.name
    rmtree(place, ignore_errors=True)
    save(case, place, random)
    model = load(place)
    spec = describe(config_of(case.config))
    (place / "spec.json").write_text(json.dumps(spec) + "\n")

    rows, labels = sample(case.lengths, spec["vocabSize"], random)
    kept = kept_tokens(case.lengths, case.stride)
    numbers = compute(model, rows, labels)
    errors = errors_of(numbers, model, rows, labels)
    tensors = {
        "ids": torch.cat(rows).int(),
        "offsets": torch.tensor([0, *case.lengths]).cumsum(0).int(),
        "kept": kept.int(),
        "logits": numbers["logits"][kept].contiguous(),
        "hidden_states": numbers["hidden_states"][:, kept].contiguous(),
        "labels": torch.cat(labels).int(),
        "loss": numbers["loss"],
        **{f"error.{name}": torch.tensor([error]) for name, error in errors.items()},
    }
    save_file(tensors, place / "expected.safetensors", made_with)

    spread = " ".join(f"{float(state.std()):.2f}" for state in numbers["hidden_states"])
    print(f"{case.name}: {sum(file.stat().st_size for file in place.iterdir())} bytes")
    print(f"    hidden states ±{spread}, logits ±{float(numbers['logits'].std()):.2f}, loss {float(numbers['loss']):.2f}")
    print("    f32 errors: " + ", ".join(f"{name} {error:.1e}" for name, error in errors.items()))
    margins = margins_of(model, spec, rows, kept)
    check(margins, TOLERANCE * errors["logits"])
    losses = mistaken_losses(numbers["logits"], rows, labels)
    check({name: distance(loss, numbers["loss"]) for name, loss in losses.items()}, TOLERANCE * errors["loss"])
    return margins


def write_forms():
    forms = ({"name": name, "config": config, "spec": describe(config_of(config))} for name, config in FORMS.items())
    (folder / "forms.json").write_text("[\n" + ",\n".join(map(json.dumps, forms)) + "\n]\n")


logging.set_verbosity_error()
logging.disable_progress_bar()
random = torch.Generator().manual_seed(20240918)
tried = set().union(*(write_case(case, random) for case in CASES))
assert tried >= MUTANTS.keys(), f"no case has what these get wrong: {MUTANTS.keys() - tried}"
write_forms()
total = sum(file.stat().st_size for file in folder.rglob("*") if file.suffix in (".json", ".safetensors"))
print(f"all: {total} bytes")
assert total < BYTES
