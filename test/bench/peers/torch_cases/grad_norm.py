import torch

from torch_cases.torch_case import TorchCase


def length(args, inputs):
    torch.set_grad_enabled(False)
    g = inputs["g"]
    made = {}

    def run():
        made["norm"] = torch.linalg.vector_norm(g).reshape(1)

    return TorchCase(run, lambda: made, made.clear)
