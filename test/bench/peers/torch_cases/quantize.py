import torch

from torch_cases.torch_case import TorchCase


def quantized(x):
    """Codes int8 [N, K/32, 32] and scales f16 [N, K/32, 1]; torch rounds halves to even."""
    blocks = x.reshape(x.shape[0], -1, 32)
    d = blocks.abs().amax(-1, keepdim=True) / 127
    inverse = torch.where(d == 0, 0, 1 / d)
    return (blocks * inverse).round_().to(torch.int8), d.half()


def dequantized(codes, d):
    return (codes.float() * d.float()).reshape(codes.shape[0], -1)


def quantize_q8_0(args, inputs):
    torch.set_grad_enabled(False)
    made = {}

    def run():
        made["blocks"] = quantized(inputs["x"])

    return TorchCase(run, lambda: {"y": dequantized(*made["blocks"])}, made.clear)


def dequantize_q8_0(args, inputs):
    torch.set_grad_enabled(False)
    blocks = quantized(inputs["x"])
    made = {}

    def run():
        made["y"] = dequantized(*blocks)

    return TorchCase(run, lambda: made, made.clear)
