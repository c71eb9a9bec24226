import torch
from torch.nn.functional import layer_norm

from torch_cases.torch_case import TorchCase


def forward(args, inputs):
    torch.set_grad_enabled(False)
    x, weight, bias = inputs["x"], inputs["weight"], inputs["bias"]
    made = {}

    def run():
        made["y"] = layer_norm(x, weight.shape, weight, bias, args["eps"])

    return TorchCase(run, lambda: made, made.clear)


def backward(args, inputs):
    x, weight, bias = (inputs[name].requires_grad_() for name in ("x", "weight", "bias"))
    y, dy = layer_norm(x, weight.shape, weight, bias, args["eps"]), inputs["dy"]

    def run():
        y.backward(dy, retain_graph=True)

    def reset():
        x.grad = weight.grad = bias.grad = None

    return TorchCase(run, lambda: {"dx": x.grad, "dweight": weight.grad, "dbias": bias.grad}, reset)
