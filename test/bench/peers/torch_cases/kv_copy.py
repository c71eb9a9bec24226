import torch

from torch_cases.torch_case import TorchCase


def forward(args, inputs):
    torch.set_grad_enabled(False)

    def run():
        for cache in inputs.values():
            cache[1].copy_(cache[0])

    return TorchCase(run, lambda: inputs, lambda: None)
