import torch
from torch.nn.functional import scaled_dot_product_attention

from torch_cases.torch_case import TorchCase


def forward(args, inputs):
    """y [rows·T, Hq, D] of the last T positions of equally long rows; k, v [rows·positions, Hkv, D]."""
    torch.set_grad_enabled(False)
    rows = args["rows"]
    # [rows, H, T, D] with each head's numbers together, as a cache has them.
    q, k, v = (inputs[name].unflatten(0, (rows, -1)).transpose(1, 2).contiguous() for name in "qkv")
    # One token attends all there is; torch's is_causal means tokens from the first position on.
    tokens, positions = q.shape[2], k.shape[2]
    if tokens not in (1, positions):
        raise ValueError(f"{tokens} tokens of {positions} positions: give 1, or all")
    causal, grouped = tokens > 1, q.shape[1] != k.shape[1]
    made = {}

    def run():
        made["y"] = scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=grouped)

    return TorchCase(run, lambda: {"y": made["y"].transpose(1, 2).flatten(0, 1)}, made.clear)
