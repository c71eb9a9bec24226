import torch
from torch.nn.functional import gelu, silu

from torch_cases.torch_case import TorchCase

ACTIVATIONS = {
    "silu": silu,
    "gelu_tanh": lambda x: gelu(x, approximate="tanh"),
    "gelu": gelu,
    "tanh": torch.tanh,
}


def forward(args, inputs):
    torch.set_grad_enabled(False)
    x, act = inputs["x"], ACTIVATIONS[args["activation"]]
    made = {}

    def run():
        made["y"] = act(x)

    return TorchCase(run, lambda: made, made.clear)


def backward(args, inputs):
    x, dy = inputs["x"].requires_grad_(), inputs["dy"]
    y = ACTIVATIONS[args["activation"]](x)

    def run():
        y.backward(dy, retain_graph=True)

    def reset():
        x.grad = None

    return TorchCase(run, lambda: {"dx": x.grad}, reset)
