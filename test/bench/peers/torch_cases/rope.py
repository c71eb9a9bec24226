import torch

from torch_cases.torch_case import TorchCase


def tables(args, inputs):
    """cos and sin [T, D/2] of positions 0 to T - 1."""
    angles = torch.outer(torch.arange(args["T"], dtype=torch.float32), inputs["frequencies"])
    return angles.cos(), angles.sin()


def table(args, inputs):
    torch.set_grad_enabled(False)
    made = {}

    def run():
        made["cos"], made["sin"] = tables(args, inputs)

    return TorchCase(run, lambda: made, made.clear)


def rotated_half(x):
    first, second = x.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


def turn(args, inputs):
    torch.set_grad_enabled(False)
    x = inputs["x"]
    # Whole rows [T, 1, D], made once for all layers.
    cos, sin = (torch.cat((half, half), dim=-1).unsqueeze(1) for half in tables(args, inputs))
    made = {}

    def run():
        made["y"] = x * cos + rotated_half(x) * sin

    return TorchCase(run, lambda: made, made.clear)
