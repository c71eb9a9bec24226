"""What transformers and PEFT compute with a GGUF file's weights, dequantised to f32, and an adapter's folder.

    python reference_adapter.py MODEL.gguf ADAPTER ROWS.json OUT.safetensors

ROWS.json is a list of lists of ids. OUT holds, for row i, logits.i [V] of the token after it, and error [1], the largest
distance of logits.* from the same computed in f64.
"""

import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import save_file

sys.path.append(str(Path(__file__).parents[1] / "golden" / "decoder"))
from gguf_base import load_gguf  # noqa: E402
from reference import in_float64  # noqa: E402


@torch.no_grad()
def main(path, adapter, rows, out):
    path = Path(path)
    base = load_gguf(path)
    model = PeftModel.from_pretrained(base, adapter).eval()
    rows = [torch.tensor([ids]) for ids in json.loads(Path(rows).read_text())]

    def last(model):
        return [model(input_ids=row, use_cache=False).logits[0, -1] for row in rows]

    logits = last(model)
    with in_float64(model) as exact:
        error = max(float((a.double() - b).abs().max()) for a, b in zip(logits, last(exact)))
    save_file({**{f"logits.{i}": row.clone() for i, row in enumerate(logits)}, "error": torch.tensor([error])}, out)


main(*sys.argv[1:])
