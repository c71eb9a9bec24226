"""What PEFT and transformers make of a sum of adapters that xling wrote, on a GGUF file's weights dequantised to f32.

    python reference_merged.py MODEL.gguf FOLDER ROWS.json OUT.safetensors

FOLDER has the PEFT folders first, second and sum, and the HF folder merged. ROWS.json is a list of lists of ids. OUT holds,
for row i, the logits [V] of the token after it: sum.i through the PEFT folder `sum`, merged.i of the HF folder, own.i of
PEFT's own first - 0.5 · second, combination_type 'cat', merged by merge_and_unload; and error [1], the largest
distance of own.* from the same computed in f64.
"""

import json
import sys
from copy import deepcopy
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

sys.path.append(str(Path(__file__).parents[1] / "golden" / "decoder"))
from gguf_base import load_gguf  # noqa: E402
from reference import in_float64  # noqa: E402


def own_sum(base, folder):
    model = PeftModel.from_pretrained(base, folder / "first", adapter_name="first")
    model.load_adapter(folder / "second", adapter_name="second")
    model.add_weighted_adapter(["first", "second"], [1.0, -0.5], "sum", combination_type="cat")
    model.set_adapter("sum")
    return model.eval()


@torch.no_grad()
def main(path, folder, rows, out):
    path, folder = Path(path), Path(folder)
    base = load_gguf(path)
    rows = [torch.tensor([ids]) for ids in json.loads(Path(rows).read_text())]

    def last(model):
        return [model(input_ids=row, use_cache=False).logits[0, -1] for row in rows]

    loaded, info = AutoModelForCausalLM.from_pretrained(
        folder / "merged", dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not any(info.values()), info
    logits = {"merged": last(loaded.eval())}
    del loaded
    logits["sum"] = last(PeftModel.from_pretrained(deepcopy(base), folder / "sum").eval())
    model = own_sum(base, folder)
    with in_float64(model) as exact:
        wanted = last(exact)
    logits["own"] = last(model.merge_and_unload(adapter_names=["sum"]))
    error = max(float((a.double() - b).abs().max()) for a, b in zip(logits["own"], wanted))
    tensors = {f"{kind}.{i}": row.clone() for kind, all_rows in logits.items() for i, row in enumerate(all_rows)}
    save_file({**tensors, "error": torch.tensor([error])}, out)


main(*sys.argv[1:])
