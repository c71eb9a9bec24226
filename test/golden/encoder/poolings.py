"""A sentence's vector by transformers: every row alone, without padding."""

import torch

from encoders import bert_of


def hidden_states_of(model, row):
    """[layers + 1, T, H]: after the embeddings' norm, then after each layer."""
    return torch.stack(bert_of(model)(input_ids=row[None], output_hidden_states=True).hidden_states)[:, 0]


# Of a model and hidden states [layers + 1, T, H], [H] each.
POOLINGS = {
    # BERT's own: the first token through dense and tanh.
    "cls": lambda model, states: bert_of(model).pooler(states[-1][None])[0],
    "cls_before_pooler": lambda model, states: states[-1][0],
    "mean": lambda model, states: states[-1].mean(0),
    "avg_top2": lambda model, states: ((states[-1] + states[-2]) / 2).mean(0),
    "avg_first_last": lambda model, states: ((states[1] + states[-1]) / 2).mean(0),
    "max": lambda model, states: states[-1].amax(0),
}


def poolings_of(model):
    return [name for name in POOLINGS if name != "cls" or bert_of(model).pooler is not None]


def pooled(model, rows, pooling):
    """[B, H]"""
    return torch.stack([POOLINGS[pooling](model, hidden_states_of(model, row)) for row in rows])
