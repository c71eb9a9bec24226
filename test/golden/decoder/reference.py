"""What transformers computes: every row alone, without padding, f32, eager attention."""

from contextlib import contextmanager
from copy import deepcopy
from unittest.mock import patch

import torch
from torch.nn import functional
from transformers import AutoModelForCausalLM
from transformers.models.gemma3 import modeling_gemma3
from transformers.models.llama import modeling_llama


def load(folder):
    """As users load it; the file has every tensor and no other."""
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not any(info.values()), info
    return model.eval()


def decoder_of(model):
    """The module with the layers; a multimodal model has it one deeper."""
    return getattr(model.model, "language_model", model.model)


@torch.no_grad()
def run(model, rows):
    """Logits [T, V] and hidden states [layers + 1, T, H] of rows of ids."""
    outputs = [model(input_ids=row[None], output_hidden_states=True, use_cache=False) for row in rows]
    logits = torch.cat([output.logits[0] for output in outputs])
    hidden = torch.cat([torch.stack(output.hidden_states)[:, 0] for output in outputs], 1)
    return logits, hidden


def scored_from_before(labels):
    """What each token of a row predicts: the next one's label, so that the first label is nobody's."""
    return torch.cat((labels[1:], torch.tensor([-100])))


@torch.no_grad()
def loss_of(model, rows, labels):
    """transformers' own: the mean over the labelled positions of all rows."""
    count = sum(int((scored_from_before(row) != -100).sum()) for row in labels)
    losses = [
        model(input_ids=row[None], labels=wanted[None], use_cache=False, num_items_in_batch=torch.tensor(count)).loss
        for row, wanted in zip(rows, labels)
    ]
    return torch.stack(losses).sum()


@contextmanager
def in_float64(model):
    """
    The same model with f64 from end to end, where transformers names f32: norms, softmax, angles.
    The numbers that f32 holds, weights and frequencies, stay what they are.
    """
    softmax = functional.softmax

    def norm(scale):
        def forward(self, x):
            eps = getattr(self, "eps", None) or self.variance_epsilon
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * (scale + self.weight)

        return forward

    def rotation(self, x, position_ids, layer_type=None):
        prefix = f"{layer_type}_" if layer_type else ""
        angles = position_ids[..., None].double() * getattr(self, f"{prefix}inv_freq")
        angles = torch.cat((angles, angles), dim=-1)
        return angles.cos(), angles.sin()

    with (
        patch.object(modeling_llama.LlamaRMSNorm, "forward", norm(0)),
        patch.object(modeling_gemma3.Gemma3RMSNorm, "forward", norm(1)),
        patch.object(modeling_llama.LlamaRotaryEmbedding, "forward", rotation),
        patch.object(modeling_gemma3.Gemma3RotaryEmbedding, "forward", rotation),
        patch.object(functional, "softmax", lambda x, dim, dtype=None: softmax(x, dim)),
    ):
        yield deepcopy(model).double()
