import torch
from torch.nn.functional import cross_entropy, linear

from torch_cases.torch_case import TorchCase


def forward(args, inputs):
    torch.set_grad_enabled(False)
    x, w, labels = inputs["x"], inputs["w"], inputs["labels"].long()[:, None]
    made = {}

    def run():
        logits = linear(x, w)
        made["lse"] = logits.logsumexp(-1)
        made["loss"] = (made["lse"] - logits.gather(1, labels)[:, 0]).sum().reshape(1)

    return TorchCase(run, lambda: made, made.clear)


# Forward and backward, the weight frozen.
def gradient(args, inputs):
    x, w, labels = inputs["x"].requires_grad_(), inputs["w"], inputs["labels"].long()
    made = {}

    def run():
        loss = cross_entropy(linear(x, w), labels, reduction="sum")
        loss.backward()
        made["loss"] = loss.reshape(1)

    def reset():
        made.clear()
        x.grad = None

    return TorchCase(run, lambda: {"dx": x.grad, **made}, reset)
