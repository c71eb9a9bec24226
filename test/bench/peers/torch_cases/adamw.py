import torch

from torch_cases.torch_case import TorchCase


def step(args, inputs):
    torch.set_grad_enabled(False)
    w, m, v, grad = (inputs[name] for name in ("w", "m", "v", "grad"))
    first = torch.tensor(1.0)

    def run():
        torch._fused_adamw_(
            [w], [grad], [m], [v], [], [first],
            lr=args["lr"], beta1=args["beta1"], beta2=args["beta2"], weight_decay=args["weightDecay"], eps=args["eps"],
            amsgrad=False, maximize=False,
        )

    return TorchCase(run, lambda: {"w": w, "m": m, "v": v}, lambda: None)
