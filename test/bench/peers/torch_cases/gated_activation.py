import torch
from torch.nn.functional import gelu, silu

from torch_cases.torch_case import TorchCase


def gated(args, inputs):
    if args["activation"] == "silu":
        return silu(inputs["gate"]) * inputs["up"]
    return gelu(inputs["gate"], approximate="tanh") * inputs["up"]


def forward(args, inputs):
    torch.set_grad_enabled(False)
    made = {}

    def run():
        made["y"] = gated(args, inputs)

    return TorchCase(run, lambda: made, made.clear)


def backward(args, inputs):
    gate, up, dy = inputs["gate"].requires_grad_(), inputs["up"].requires_grad_(), inputs["dy"]
    y = gated(args, inputs)

    def run():
        y.backward(dy, retain_graph=True)

    def reset():
        gate.grad = up.grad = None

    return TorchCase(run, lambda: {"dgate": gate.grad, "dup": up.grad}, reset)
