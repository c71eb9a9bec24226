import torch

from torch_cases.torch_case import TorchCase

# Of [rows, tokens of each, D].
POOLINGS = {
    "first": lambda x: x[:, 0],
    "mean": lambda x: x.mean(1),
    "max": lambda x: x.amax(1),
}


def forward(args, inputs):
    torch.set_grad_enabled(False)
    x, pool = inputs["x"].unflatten(0, (args["rows"], -1)), POOLINGS[args["pooling"]]
    made = {}

    def run():
        made["y"] = pool(x)

    return TorchCase(run, lambda: made, made.clear)


def backward(args, inputs):
    x, dy = inputs["x"].requires_grad_(), inputs["dy"]
    y = POOLINGS[args["pooling"]](x.unflatten(0, (args["rows"], -1)))

    def run():
        y.backward(dy, retain_graph=True)

    def reset():
        x.grad = None

    return TorchCase(run, lambda: {"dx": x.grad}, reset)
