"""Writes tiny random decoders as GGUF files, and what transformers computes with them.

    pip install torch==2.15.0 transformers==5.23.0 safetensors==0.8.0 numpy==2.4.6 gguf==0.19.0
    python test/golden/gguf/make.py

<case>.gguf                   as llama.cpp's converter lays it out (cases.py)
<case>.json                   the config.json that the file means
<case>.expected.safetensors
    ids [T], offsets [B + 1]  the rows, one after the other; row r is ids[offsets[r] … offsets[r + 1])
    logits [T, V]             f32, eager attention, every row alone, on the file's weights as gguf's own Python
                              dequantises them, with rows and norms brought back to Hugging Face's order and meaning
    error.logits [1]          the largest distance of those numbers from the same computed in f64

That the tensors are the file's, and not ones that make no difference, is asserted: each mutant of the way back (rows
left in pairs, norms not lowered, rotations not scaled, a layer's kind changed) moves a logit by MARGIN tolerances, a
tolerance being TOLERANCE errors.

CPU only. The seed is 20240919. The goldens name the versions that made them in their metadata.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

folder = Path(__file__).parent
sys.path.append(str(folder.parent / "decoder"))

from cases import CASES, back_to_hugging_face, mutants_of, write_gguf  # noqa: E402 (beside this file, not decoder's)
from reference import in_float64, run  # noqa: E402 (decoder's)

packages = ("gguf", "transformers", "torch", "safetensors", "numpy")
made_with = {"made_with": ", ".join(f"{name} {version(name)}" for name in packages)}

TOLERANCE = 8
MARGIN = 100


def model_of(config, weights):
    model = AutoModelForCausalLM.from_config(
        AutoConfig.for_model(**config), dtype=torch.float32, attn_implementation="eager"
    )
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    model.tie_weights()
    return model.eval()


def distance(a, b):
    return float((a.double() - b.double()).abs().max())


def write_case(case):
    torch.manual_seed(20240919)
    stored = write_gguf(case, folder / f"{case.name}.gguf")
    model = model_of(case.config, back_to_hugging_face(case, stored))
    rows = [torch.randint(case.config["vocab_size"], (length,)) for length in case.lengths]
    logits = run(model, rows)[0]
    with in_float64(model) as exact:
        error = distance(logits, run(exact, rows)[0])
    (folder / f"{case.name}.json").write_text(json.dumps(case.config, indent=1) + "\n")
    tensors = {
        "ids": torch.cat(rows).int(),
        "offsets": torch.tensor([0, *case.lengths]).cumsum(0).int(),
        "logits": logits,
        "error.logits": torch.tensor([error]),
    }
    save_file(tensors, folder / f"{case.name}.expected.safetensors", made_with)
    print(f"{case.name}: {(folder / f'{case.name}.gguf').stat().st_size} bytes, f32 error {error:.1e} of ±{float(logits.std()):.2f}")
    for name, (config, weights) in mutants_of(case, stored).items():
        margin = distance(run(model_of(config, weights), rows)[0], logits) / (TOLERANCE * error)
        print(f"    {margin:9.0f} tolerances away: {name}")
        assert margin > MARGIN, name


for case in CASES:
    write_case(case)
