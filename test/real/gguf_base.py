"""A GGUF file's model with its weights dequantised to f32, as transformers makes it."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, GgufConfig


def load_gguf(path):
    path = Path(path)
    return AutoModelForCausalLM.from_pretrained(
        path.parent,
        gguf_file=path.name,
        dtype=torch.float32,
        attn_implementation="eager",
        quantization_config=GgufConfig(dequantize=True),
    ).eval()
