"""What transformers computes with a GGUF file's weights, dequantised to f32.

    python reference_logits.py MODEL.gguf PROMPTS.json OUT.safetensors

PROMPTS.json is a list of { text, ids, continued }. OUT holds, for prompt i,
    logits.i [V]         of the token after `ids`
    next.i, gap.i [N]    the likeliest token at every place of `continued`, which goes on from `ids`, and by how much
    text.i [T]           the ids of `text` alone (no special token added, none parsed), by the tokenizer that transformers
                         makes of the file
and error [1], the largest distance of logits.* from the same computed in f64.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
from transformers import AutoTokenizer

sys.path.append(str(Path(__file__).parents[1] / "golden" / "decoder"))
from gguf_base import load_gguf  # noqa: E402
from reference import in_float64  # noqa: E402


def main(path, prompts, out):
    path = Path(path)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    if path.name.startswith("SmolLM2"):
        # As the model's own tokenizer.json has it, and tokenizer.ggml.pre says: transformers does not look at that key.
        own = Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False)])
        tokenizer.backend_tokenizer.pre_tokenizer = own
    model = load_gguf(path)
    prompts = json.loads(Path(prompts).read_text())
    texts = [tokenizer(prompt["text"], add_special_tokens=False, split_special_tokens=True).input_ids for prompt in prompts]
    rows = [torch.tensor([prompt["ids"]]) for prompt in prompts]

    @torch.no_grad()
    def continued(prompt):
        ids, after = prompt["ids"], prompt["continued"]
        logits = model(torch.tensor([ids + after]), use_cache=False).logits[0]
        return logits[len(ids) - 1 : len(ids) - 1 + len(after)].topk(2)

    @torch.no_grad()
    def last(model):
        return [model(row, use_cache=False).logits[0, -1] for row in rows]

    logits = last(model)
    with in_float64(model) as exact:
        error = max(float((a.double() - b).abs().max()) for a, b in zip(logits, last(exact)))
    tensors = {f"text.{i}": torch.tensor(ids, dtype=torch.int32) for i, ids in enumerate(texts)}
    likeliest = [continued(prompt) for prompt in prompts]
    tensors |= {f"next.{i}": top.indices[:, 0].int().contiguous() for i, top in enumerate(likeliest)}
    tensors |= {f"gap.{i}": (top.values[:, 0] - top.values[:, 1]).contiguous() for i, top in enumerate(likeliest)}
    tensors |= {f"logits.{i}": row.clone() for i, row in enumerate(logits)}
    save_file({**tensors, "error": torch.tensor([error])}, out)


main(*sys.argv[1:])
