"""Adds up tiny random adapters by PEFT's add_weighted_adapter, merges them by its merge_and_unload, and writes the logits.

    pip install torch==2.15.0 transformers==5.23.0 peft==0.21.2 safetensors==0.8.0 numpy==2.4.6
    python test/golden/compose/make.py

The base is ../decoder/llama-f32.

<adapter>/              three PEFT folders that differ in rank, scale and in what they adapt
case.json               the terms with their weights, in order, and the rank of the cut sum
expected.safetensors
    ids [T], kept [K]   a row, and the tokens whose logits are stored
    sum [K, V]          through combination_type 'cat', which is exact
    cut [K, V]          through 'svd', of that rank
    merged [K, V]       the exact sum, merged into the base
    error.<kind> [1]    how far transformers' and PEFT's own f32 is from those numbers, the largest distance

All numbers are computed in f64 and rounded to f32, from f32 weights. An engine that sums in another order has another error
of about the same size, so its numbers may be 8 times `error` away. Each mutant below is at least 50 tolerances away.

CPU only, on one thread. The seed is 20241130. The file names the versions that made it in its metadata.
"""

import json
import sys
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree

import torch
from peft import LoraConfig, TaskType, get_peft_model
from safetensors.torch import save_file
from transformers import logging

folder = Path(__file__).parent
DECODERS = folder.parent / "decoder"
sys.path.append(str(DECODERS))

from reference import in_float64, load  # noqa: E402

BASE = "llama-f32"
packages = ("transformers", "torch", "peft", "safetensors", "numpy")
made_with = {"made_with": ", ".join(f"{name} {version(name)}" for name in packages)}

ADAPTERS = {
    "task": {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "k_proj", "o_proj", "up_proj", "down_proj"]},
    "hausa": {"r": 2, "lora_alpha": 3, "use_rslora": True, "target_modules": ["q_proj", "down_proj"]},
    "english": {"r": 3, "lora_alpha": 5, "target_modules": ["q_proj", "v_proj"], "alpha_pattern": {"v_proj": 2}},
}
WEIGHTS = {"task": 1.0, "hausa": 0.5, "english": -0.75}
RANK = 3
TOKENS = 29
KEPT = torch.tensor([0, 7, 28])


def adapted(random):
    """With factors of which neither is zero."""
    model = load(DECODERS / BASE)
    for name, settings in ADAPTERS.items():
        config = LoraConfig(task_type=TaskType.CAUSAL_LM, **settings)
        if name == "task":
            model = get_peft_model(model, config, adapter_name=name)
        else:
            model.add_adapter(name, config)
    for name, factor in model.named_parameters():
        if "lora_" in name:
            spread = 0.5 if "lora_B" in name else 1.0
            factor.data.copy_(spread * factor.shape[1] ** -0.5 * torch.randn(factor.shape, generator=random))
    return model.eval()


def save_adapters(model):
    """As users have them, but for the card, and for the base's path, which is this machine's."""
    for name in ADAPTERS:
        config = model.peft_config[name]
        config.base_model_name_or_path = BASE
        config.target_modules = sorted(config.target_modules)
        model.save_pretrained(folder, selected_adapters=[name], save_embedding_layers=False)
        # add_weighted_adapter wants what it was given.
        config.target_modules = set(config.target_modules)
    (folder / "README.md").unlink(missing_ok=True)


@torch.no_grad()
def logits(model, ids):
    return model(input_ids=ids[None], use_cache=False).logits[0][KEPT]


def numbers_of(model, ids, weights=WEIGHTS):
    """The model is used up."""
    names, by = list(weights), list(weights.values())
    model.add_weighted_adapter(names, by, "sum", combination_type="cat")
    model.add_weighted_adapter(names, by, "cut", combination_type="svd", svd_rank=RANK)
    out = {}
    for kind in "cut", "sum":
        model.set_adapter(kind)
        out[kind] = logits(model, ids)
    out["merged"] = logits(model.merge_and_unload(adapter_names=["sum"]), ids)
    return out


def mutants(model):
    """Each name, and a model or weights that are wrong in one way."""
    yield "a sign", model, WEIGHTS | {"english": 0.75}
    yield "weights that are normalised", model, {k: v / sum(map(abs, WEIGHTS.values())) for k, v in WEIGHTS.items()}
    yield "a term left out", model, {"task": 1.0, "english": -0.75}
    for name, change in {
        "scale 1 for alpha / rank": lambda layer: {**layer, "task": 1.0},
        "alpha / rank for rsLoRA": lambda layer: {**layer, "hausa": 1.5} if "hausa" in layer else layer,
        "one alpha for all": lambda layer: {**layer, "english": 5 / 3} if "english" in layer else layer,
    }.items():
        wrong = deepcopy(model)
        for module in wrong.modules():
            if hasattr(module, "lora_A"):
                module.scaling = {k: v for k, v in change(module.scaling).items() if k in module.scaling}
        yield name, wrong, WEIGHTS


def main():
    random = torch.Generator().manual_seed(20241130)
    for name in ADAPTERS:
        rmtree(folder / name, ignore_errors=True)
    model = adapted(random)
    save_adapters(model)
    ids = torch.randint(1, model.config.vocab_size, (TOKENS,), generator=random)
    with in_float64(model) as exact_model:
        exact = numbers_of(deepcopy(exact_model), ids)
        wrong = {name: numbers_of(deepcopy(one), ids, weights) for name, one, weights in mutants(exact_model)}
    eps = torch.finfo(torch.float32).eps
    errors = {kind: eps * float(numbers.abs().max()) for kind, numbers in exact.items()}
    for attention in "eager", "sdpa":
        copy = deepcopy(model)
        copy.get_base_model().set_attn_implementation(attention)
        for kind, numbers in numbers_of(copy, ids).items():
            errors[kind] = max(errors[kind], float((numbers - exact[kind]).abs().max()))
    for name, numbers in wrong.items():
        away = min(float((numbers[kind] - exact[kind]).abs().max()) / (8 * errors[kind]) for kind in exact)
        print(f"{name}: {away:.0f} tolerances away")
        assert away >= 50
    (folder / "case.json").write_text(json.dumps({"base": BASE, "weights": WEIGHTS, "rank": RANK}, indent=2) + "\n")
    tensors = {
        "ids": ids.int(),
        "kept": KEPT.int(),
        **{kind: numbers.float().contiguous() for kind, numbers in exact.items()},
        **{f"error.{kind}": torch.tensor([error]) for kind, error in errors.items()},
    }
    save_file(tensors, folder / "expected.safetensors", made_with)
    print({kind: f"{error:.1e}" for kind, error in errors.items()})
    print(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()), "bytes")


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    main()
