"""Writes tiny random encoders as Hugging Face folders, what transformers computes with them, and ten steps of training.

    pip install torch==2.15.0 transformers==5.23.0 peft==0.21.2 safetensors==0.8.0 numpy==2.4.6
    python test/golden/encoder/make.py

<model>/config.json, model.safetensors   a folder as users have it (encoders.py)
<model>/expected.safetensors
    ids [T], offsets [B + 1]             the rows, one after the other; row r is ids[offsets[r] … offsets[r + 1])
    hidden_states [layers + 1, T, H]     after the embeddings' norm, then after each layer
    pooled.<pooling> [B, H]              for each pooling that the model has (poolings.py)
    error.hidden_states [1], error.pooled [1]

training/<case>/case.json                the model, accumulate's and step's options, lr with one rate per step; negatives:
                                         how many blocks of hard ones there are;
                                         untouched: the tensors that the objective does not reach, which have no gradient
                                         and which AdamW leaves alone, their decay included
training/<case>/expected.safetensors
    anchors.ids [10, T], anchors.offsets [B + 1], positives.…, negatives.<i>.…    a batch per step, of a contrastive case
    ids.ids [10, T], ids.offsets [B + 1], labels [10, T]                          of masked-lm; -100 is no label
    loss [1], gradient.<name>            of the first batch: the mean over anchors or labels, and that mean's gradient by
                                         each tensor that is touched, but for keys' biases
    losses [10], norms [10]              before each step: the mean loss, and the norm of all gradients before clipping
    parameters.<name>                    after the last step, of the same tensors
    error.<kind> [1]                     loss, gradient (in units of its tensor's largest element), losses, norms,
                                         parameters; rounding: the largest element of a gradient by keys' biases

Keys' biases stand apart as a softmax does not change with them: their gradients are 0 but for rounding, of which Adam
makes steps of any size.

Of matrices with over WHOLE rows, gradient and parameters have the rows 0, STRIDE, 2 STRIDE … alone.

All numbers are computed in f64 and rounded to f32, from f32 weights, every row alone, dropout off. `error` is how far
transformers' own f32 is from them, the largest distance of each kind in several runs that add in other orders. An engine
that sums in yet another order errs about as much, so its numbers may be 8 times `error` away. Each mutant (mutants.py) is
at least 50 tolerances away in one kind of one case.

CPU only, on one thread. The seed is 20250214. Files name the versions that made them in their metadata.
"""

import json
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import logging

folder = Path(__file__).parent
sys.path += [str(folder.parent / "training"), str(folder.parent / "decoder")]

from descent import adamw, clip_by_norm, rates  # noqa: E402
from encoders import MODELS, load, make, save  # noqa: E402
from objectives import CASES, loss_of, sample_batch  # noqa: E402
from poolings import hidden_states_of, pooled, poolings_of  # noqa: E402

packages = ("transformers", "torch", "safetensors", "numpy")
# One entry: several would be written in an order that changes from run to run.
made_with = {"made_with": ", ".join(f"{name} {version(name)}" for name in packages)}

LENGTHS = (1, 2, 7, 13, 40)  # 40: as many as there are positions
WHOLE = 8
STRIDE = 13  # meets every head
KEY_BIAS = "attention.self.key.bias"
BYTES = 3 * 2**19


@dataclass
class Procedure:
    """The parts of training that have nothing to do with the model's insides; a wrong one replaces one of them."""

    loss: Callable = loss_of  # (model, case, batch) -> the mean
    clip: Callable = clip_by_norm  # (parameters, most) -> norm before
    optimizer: Callable = adamw  # (case, named parameters) -> step(rate)


PROCEDURE = Procedure()


def kept(tensor):
    return tensor[::STRIDE] if tensor.dim() == 2 and tensor.shape[0] > WHOLE else tensor


def stored(numbers):
    """As the file has them; clones, as a file has no views."""
    return {name: kept(tensor).detach().float().clone().contiguous() for name, tensor in numbers.items()}


def packed(rows):
    return {"offsets": torch.tensor([0, *map(len, rows)]).cumsum(0).int(), "ids": torch.cat(rows).int()}


def distances(numbers, exact):
    """The largest of each kind; all elements, those that are not stored too."""
    found = {}
    for name, wanted in exact.items():
        kind = name.partition(".")[0]
        distance = float((numbers[name].double() - wanted.double()).abs().max())
        if kind == "gradient":
            distance /= float(wanted.abs().max())
        found[kind] = max(found.get(kind, 0.0), distance)
    return found


def errors_of(runs, exact):
    runs = [distances(numbers, exact) for numbers in runs]
    for kind in runs[0]:
        print(f"    f32 errors of {kind}: " + " ".join(f"{run[kind]:.1e}" for run in runs))
    # An f32 that happens to be exact has an error of its last bit nevertheless.
    least = {kind: torch.finfo(torch.float32).eps for kind in runs[0]}
    for name, numbers in exact.items():
        kind = name.partition(".")[0]
        if kind not in ("gradient", "rounding"):
            least[kind] = max(least[kind], torch.finfo(torch.float32).eps * float(numbers.abs().max()))
    return {f"error.{kind}": torch.tensor([max(least[kind], *(run[kind] for run in runs))]) for kind in least}


def variants(model):
    for attention in "eager", "sdpa":
        copy = deepcopy(model)
        copy.set_attn_implementation(attention)
        yield copy


@torch.no_grad()
def vectors_of(model, rows):
    states = {"hidden_states": torch.cat([hidden_states_of(model, row) for row in rows], 1)}
    return states | {f"pooled.{pooling}": pooled(model, rows, pooling) for pooling in poolings_of(model)}


def write_model(name, random):
    place = folder / name
    save(make(name, random), place)
    model = load(place)
    rows = [torch.randint(1, model.config.vocab_size, (length,), generator=random) for length in LENGTHS]
    exact = vectors_of(deepcopy(model).double(), rows)
    print(name)
    print("    hidden states " + " ".join(f"±{float(state.std()):.2f}" for state in exact["hidden_states"]))
    errors = errors_of([vectors_of(copy, rows) for copy in variants(model)], exact)
    numbers = {key: tensor.float().contiguous() for key, tensor in exact.items()}
    save_file({**packed(rows), **numbers, **errors}, place / "expected.safetensors", made_with)


def numbers_of(model, case, batches, procedure=PROCEDURE):
    """Trains the model that is given."""
    named = dict(model.named_parameters())
    step = procedure.optimizer(case, named)
    losses, norms, gradients = [], [], {}
    for batch, rate in zip(batches, rates(case)):
        loss = procedure.loss(model, case, batch)
        loss.backward()
        losses.append(loss.detach())
        touched = {name: p for name, p in named.items() if p.grad is not None}
        gradients = gradients or {name: p.grad.clone() for name, p in touched.items()}
        norms.append(procedure.clip(list(touched.values()), case.clip).detach())
        step(rate)
        model.zero_grad()
    rounding = [name for name in touched if name.endswith(KEY_BIAS)]
    return {
        "loss": losses[0][None],
        "losses": torch.stack(losses),
        "norms": torch.stack(norms),
        "rounding": torch.cat([gradients[name] for name in rounding]),
        **{f"gradient.{name}": gradients[name] for name in touched if name not in rounding},
        **{f"parameters.{name}": p.detach() for name, p in touched.items() if name not in rounding},
    }


def f32_runs(model, case, batches):
    for order in batches, [batch.turned() for batch in batches]:
        for copy in variants(model):
            yield numbers_of(copy, case, order)


def write_case(case, random):
    place = folder / "training" / case.name
    place.mkdir(parents=True, exist_ok=True)
    model = load(folder / case.base)
    batches = [sample_batch(case, model.config, random) for _ in rates(case)]
    exact = numbers_of(deepcopy(model).double(), case, batches)
    clipped = int((exact["norms"] > case.clip).sum())
    print(f"{case.name}: {clipped} of {len(batches)} steps clipped")
    for kind in "losses", "norms":
        print(f"    {kind} " + " ".join(f"{number:.2f}" for number in exact[kind].tolist()))
    assert 2 <= clipped <= len(batches) - 2, "clipping must bite in some steps and not in others"
    known = [name for name, _ in model.named_parameters() if not name.endswith(KEY_BIAS)]
    untouched = [name for name in known if f"gradient.{name}" not in exact]
    settings = {
        "base": case.base,
        "options": case.options,
        "negatives": case.negatives,
        "lr": rates(case),
        "clip": case.clip,
        "weightDecay": case.weight_decay,
        "noDecay": case.no_decay,
        "betas": [0.9, 0.999],
        "eps": 1e-8,
        "untouched": untouched,
    }
    (place / "case.json").write_text(json.dumps(settings, indent=2) + "\n")
    blocks = {}
    for name, rows in batches[0].blocks.items():
        blocks[f"{name}.offsets"] = packed(rows)["offsets"]
        blocks[f"{name}.ids"] = torch.stack([packed(batch.blocks[name])["ids"] for batch in batches])
    if not case.contrastive:
        blocks["labels"] = torch.stack([torch.cat(batch.labels) for batch in batches]).int()
    errors = errors_of(list(f32_runs(model, case, batches)), exact)
    del exact["rounding"]  # which is 0
    save_file({**blocks, **stored(exact), **errors}, place / "expected.safetensors", made_with)


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)  # nothing here is large enough for two
    random = torch.Generator().manual_seed(20250214)
    for name in MODELS:
        write_model(name, random)
    for case in CASES:
        write_case(case, random)
    total = sum(file.stat().st_size for file in folder.rglob("*") if file.suffix in (".json", ".safetensors"))
    print(f"all: {total} bytes")
    assert total < BYTES
