import torch
from torch.nn.functional import rms_norm

from torch_cases.torch_case import TorchCase


def forward(args, inputs):
    torch.set_grad_enabled(False)
    x, weight = inputs["x"], inputs["weight"]
    made = {}

    def run():
        made["y"] = rms_norm(x, weight.shape, weight, args["eps"])

    return TorchCase(run, lambda: made, made.clear)


def backward(args, inputs):
    x, weight = inputs["x"].requires_grad_(), inputs["weight"].requires_grad_()
    y, dy = rms_norm(x, weight.shape, weight, args["eps"]), inputs["dy"]

    def run():
        y.backward(dy, retain_graph=True)

    def reset():
        x.grad = weight.grad = None

    return TorchCase(run, lambda: {"dx": x.grad, "dweight": weight.grad}, reset)
