import torch
from torch.nn.functional import scaled_dot_product_attention

from torch_cases.torch_case import TorchCase


def compute(args, inputs):
    """A function of no arguments that gives y [T, Hq, D]; rows are equally long."""
    rows, before, after, rate = (args[name] for name in ("rows", "before", "after", "rate"))
    torch.manual_seed(1)
    # [T, H, D] as [rows, H, T / rows, D], without a copy.
    q, k, v = (inputs[name].unflatten(0, (rows, -1)).transpose(1, 2) for name in "qkv")
    causal, mask = (before, after) == (-1, 0), None
    if not causal and (before, after) != (-1, -1):
        places = torch.arange(q.shape[2])
        back = places[:, None] - places
        mask = (back <= (before if before >= 0 else len(places))) & (-back <= (after if after >= 0 else len(places)))

    def run():
        y = scaled_dot_product_attention(q, k, v, mask, rate, is_causal=causal, enable_gqa=q.shape[1] != k.shape[1])
        return y.transpose(1, 2).flatten(0, 1)

    return run


def forward(args, inputs):
    torch.set_grad_enabled(False)
    run_once = compute(args, inputs)
    made = {}

    def run():
        made["y"] = run_once()

    return TorchCase(run, lambda: made, made.clear)


def backward(args, inputs):
    leaves = {"d" + name: inputs[name].requires_grad_() for name in "qkv"}
    y, dy = compute(args, inputs)(), inputs["dy"]

    def run():
        y.backward(dy, retain_graph=True)

    def reset():
        for leaf in leaves.values():
            leaf.grad = None

    return TorchCase(run, lambda: {name: leaf.grad for name, leaf in leaves.items()}, reset)
