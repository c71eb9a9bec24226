"""The tiny models: two BERTs with random weights, of which no gain is one and no bias zero, as Hugging Face folders."""

from shutil import rmtree

import torch
from transformers import BertConfig, BertForMaskedLM, BertModel

# Three heads of 24; an inner size that no lane count divides.
POOLER = dict(
    vocab_size=131,
    hidden_size=72,
    num_hidden_layers=3,
    num_attention_heads=3,
    intermediate_size=100,
    max_position_embeddings=40,
    type_vocab_size=2,
    hidden_act="gelu",
    layer_norm_eps=1e-12,
)

# Two heads of 32; the other GELU, an eps that shows.
MASKED_LM = dict(
    vocab_size=97,
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=72,
    max_position_embeddings=40,
    type_vocab_size=2,
    hidden_act="gelu_new",
    layer_norm_eps=0.01,
)

MODELS = {"bert-pooler": (BertModel, POOLER), "bert-masked-lm": (BertForMaskedLM, MASKED_LM)}


def make(name, random):
    model_class, config = MODELS[name]
    model = model_class(BertConfig(**config)).eval()
    for parameter_name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=random)
        if parameter_name.endswith("LayerNorm.weight"):
            values = 1 + 0.3 * noise
        elif parameter_name.endswith("bias"):
            values = 0.3 * noise
        elif "embeddings" in parameter_name:
            values = noise
        else:
            # A variance stays what it is, but for scores: attention must prefer some tokens. Wider inner features would lie
            # where a GELU in f32 has no digits left, and Adam makes steps of those, too.
            gain = 2 if "query" in parameter_name or "key" in parameter_name else 1
            values = gain * parameter.shape[1] ** -0.5 * noise
        parameter.data.copy_(values)
    return model


def save(model, place):
    rmtree(place, ignore_errors=True)
    model.save_pretrained(place)


def load(place):
    """As users load it, in eager attention; the file has every tensor and no other."""
    model_class, _ = MODELS[place.name]
    model, info = model_class.from_pretrained(
        place, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not any(info.values()), info
    return model.eval()


def bert_of(model):
    return getattr(model, "bert", model)
