"""Writes ten steps of torch.optim.AdamW on one matrix.

    pip install torch==2.15.0 safetensors==0.8.0
    python test/golden/adamw/make.py

adamw.safetensors   start [5, 23], gradients [10, 5, 23] before clipping; after each step weights
                    [10, 5, 23]; after the last one m and v [5, 23]

A row's gradients are of one size: from 1 down to where eps is most of the divisor, and one of zeros.
CPU only. The seed is 20240919. The file names the version that made it in its metadata.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

torch.manual_seed(20240919)
lr, betas, eps, weight_decay, scale = 1e-2, (0.9, 0.999), 1e-8, 0.1, 0.3
start = torch.randn(5, 23)
gradients = torch.randn(10, 5, 23) * torch.tensor([1, 1e-4, 1e-8, 1e-10, 0])[:, None]

weight = start.clone()
optimizer = torch.optim.AdamW([weight], lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, foreach=False)
weights = []
for gradient in gradients:
    weight.grad = gradient * scale
    optimizer.step()
    weights.append(weight.clone())
state = optimizer.state[weight]

save_file(
    {
        "start": start,
        "gradients": gradients,
        "weights": torch.stack(weights),
        "m": state["exp_avg"],
        "v": state["exp_avg_sq"],
    },
    Path(__file__).parent / "adamw.safetensors",
    {"made_with": f"torch {torch.__version__}"},
)
