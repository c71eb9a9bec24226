"""
Models that are wrong in one property. Each moves the logits of the goldens by far more than their tolerance, which
make.py asserts, so a decoder with that mistake cannot pass.

A mutant changes a copy of a model, or returns a patch to hold while it runs.
"""

from unittest.mock import patch

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers.models.gemma3 import modeling_gemma3
from transformers.models.llama import modeling_llama

from reference import decoder_of, scored_from_before

MUTANTS = {}


def mutant(name, applies=lambda spec: True):
    """@param applies: whether a golden of this DecoderSpec has what the mutant gets wrong"""

    def add(change):
        MUTANTS[name] = (applies, change)
        return change

    return add


def mutants_of(spec):
    return {name: change for name, (applies, change) in MUTANTS.items() if applies(spec)}


def layers(model):
    return decoder_of(model).layers


def modeling(model):
    return modeling_gemma3 if "gemma3" in model.config.model_type else modeling_llama


def is_gemma(spec):
    return spec["normOffset"] == 1


def slides(spec):
    return any(layer["window"] for layer in spec["layers"])


# Norms


@mutant("norm offset 0 for 1, or 1 for 0")
def shift_norm_offset(model, spec):
    for module in decoder_of(model).modules():
        if type(module).__name__.endswith("RMSNorm"):
            module.weight.data += -1 if spec["normOffset"] else 1


@mutant("the default norm eps", lambda spec: spec["normEps"] > 1e-3)
def default_eps(model, spec):
    for module in decoder_of(model).modules():
        if hasattr(module, "eps"):
            module.eps = 1e-6
        if hasattr(module, "variance_epsilon"):
            module.variance_epsilon = 1e-6


@mutant("no norm after attention", lambda spec: spec["afterNorms"])
def forget_attention_after_norm(model, spec):
    for layer in layers(model):
        layer.post_attention_layernorm = nn.Identity()


@mutant("no norm after the MLP", lambda spec: spec["afterNorms"])
def forget_mlp_after_norm(model, spec):
    for layer in layers(model):
        layer.post_feedforward_layernorm = nn.Identity()


@mutant("no norm of queries and keys", lambda spec: spec["queryKeyNorm"])
def forget_query_key_norm(model, spec):
    for layer in layers(model):
        layer.self_attn.q_norm = layer.self_attn.k_norm = nn.Identity()


@mutant("queries and keys normed after their rotation", lambda spec: spec["queryKeyNorm"])
def norm_queries_and_keys_late(model, spec):
    running = {}
    for layer in layers(model):
        attention = layer.self_attn
        norms = (attention.q_norm, attention.k_norm)
        attention.q_norm = attention.k_norm = nn.Identity()
        attention.register_forward_pre_hook(lambda module, args, norms=norms: running.update(norms=norms))

    def rotate(q, k, cos, sin):
        q, k = rotated(q, k, cos, sin)
        return running["norms"][0](q), running["norms"][1](k)

    rotated = modeling_gemma3.apply_rotary_pos_emb
    return patch.object(modeling_gemma3, "apply_rotary_pos_emb", rotate)


@mutant("no final norm")
def forget_final_norm(model, spec):
    decoder_of(model).norm = nn.Identity()


# Attention


@mutant("another attention scale")
def change_attention_scale(model, spec):
    plain = spec["headDim"] ** -0.5
    for layer in layers(model):
        layer.self_attn.scaling = plain if abs(spec["attentionScale"] - plain) > 1e-3 else 256**-0.5


@mutant("no causal mask")
def forget_causality(model, spec):
    def unmasked(module, query, key, value, attention_mask, **kwargs):
        return eager(module, query, key, value, None, **kwargs)

    eager = modeling(model).eager_attention_forward
    return patch.object(modeling(model), "eager_attention_forward", unmasked)


@mutant("attention capped", is_gemma)
def cap_attention(model, spec):
    def capped(*args, **kwargs):
        return eager(*args, **kwargs, softcap=1.0)

    eager = modeling_gemma3.eager_attention_forward
    return patch.object(modeling_gemma3, "eager_attention_forward", capped)


@mutant("key-value heads dealt in turn", lambda spec: 1 < spec["keyValueHeads"] < spec["heads"])
def deal_heads(model, spec):
    return patch.object(modeling(model), "repeat_kv", lambda x, times: x.repeat(1, times, 1, 1))


def widen(by):
    def change(model, spec):
        decoder_of(model).config.sliding_window += by

    return change


mutant("window one wider", slides)(widen(1))
mutant("window one narrower", slides)(widen(-1))
mutant("no window", slides)(widen(1000))


@mutant("layer pattern shifted", slides)
def shift_layer_pattern(model, spec):
    config = decoder_of(model).config
    config.layer_types = config.layer_types[1:] + config.layer_types[:1]


# Rotation


def change_frequencies(model, change):
    """@param change: (frequencies, their settings in the configuration) -> frequencies"""
    decoder = decoder_of(model)
    for name, frequencies in list(decoder.rotary_emb.named_buffers()):
        layer_type = name.removesuffix("inv_freq").removesuffix("original_").rstrip("_")
        settings = decoder.config.rope_parameters
        settings = settings[layer_type] if layer_type else settings
        setattr(decoder.rotary_emb, name, nn.Buffer(change(frequencies, settings)))


@mutant("no rotation")
def forget_rope(model, spec):
    change_frequencies(model, lambda frequencies, settings: torch.zeros_like(frequencies))


@mutant("another base")
def change_base(model, spec):
    change_frequencies(model, lambda frequencies, settings: frequencies**1.05)


def is_scaled(spec):
    """Frequencies without a scaling are the powers of one number."""
    ropes = [torch.tensor(rope["frequencies"]) for rope in spec["ropes"]]
    return not all(torch.allclose(rope, rope[1] ** torch.arange(len(rope)), rtol=1e-4) for rope in ropes)


@mutant("rope scaling off", is_scaled)
def forget_rope_scaling(model, spec):
    def plain(frequencies, settings):
        halves = len(frequencies)
        return settings["rope_theta"] ** -(torch.arange(halves) / halves)

    change_frequencies(model, plain)


@mutant("local and global ropes swapped", lambda spec: len(spec["ropes"]) > 1)
def swap_ropes(model, spec):
    rotary = decoder_of(model).rotary_emb
    full, sliding = rotary.full_attention_inv_freq, rotary.sliding_attention_inv_freq
    rotary.full_attention_inv_freq, rotary.sliding_attention_inv_freq = nn.Buffer(sliding), nn.Buffer(full)


@mutant("neighbours rotated in pairs")
def rotate_neighbours(model, spec):
    def neighbours(x):
        return torch.stack((-x[..., 1::2], x[..., ::2]), -1).flatten(-2)

    return patch.object(modeling(model), "rotate_half", neighbours)


# The ends and the MLP


@mutant("embedding scale 1", is_gemma)
def forget_embedding_scale(model, spec):
    decoder_of(model).embed_tokens.embed_scale.fill_(1)


@mutant("embedding scale in the tied head", lambda spec: is_gemma(spec) and spec["tiedHead"])
def scale_tied_head(model, spec):
    model.lm_head.weight = nn.Parameter(model.lm_head.weight * spec["embeddingScale"])


@mutant("the head is the embedding", lambda spec: not spec["tiedHead"])
def tie_head(model, spec):
    model.lm_head.weight = decoder_of(model).embed_tokens.weight


@mutant("no soft-cap", lambda spec: spec["logitSoftcap"] > 0)
def forget_softcap(model, spec):
    model.config.final_logit_softcapping = None


def activate(function):
    def change(model, spec):
        for layer in layers(model):
            layer.mlp.act_fn = function

    return change


mutant("GELU for SiLU", lambda spec: spec["activation"] == "silu")(activate(nn.GELU(approximate="tanh")))
mutant("SiLU for GELU", lambda spec: spec["activation"] == "gelu_tanh")(activate(nn.SiLU()))
mutant("exact GELU", lambda spec: spec["activation"] == "gelu_tanh")(activate(nn.GELU()))


@mutant("gate and up swapped")
def swap_gate_and_up(model, spec):
    for layer in layers(model):
        layer.mlp.gate_proj, layer.mlp.up_proj = layer.mlp.up_proj, layer.mlp.gate_proj


def forget_bias(module):
    def change(model, spec):
        for layer in layers(model):
            layer.get_submodule(module).bias.data.zero_()

    return change


for module, flag in {
    "self_attn.q_proj": "queryKeyValueBias",
    "self_attn.k_proj": "queryKeyValueBias",
    "self_attn.v_proj": "queryKeyValueBias",
    "self_attn.o_proj": "outputBias",
    "mlp.gate_proj": "mlpBias",
    "mlp.up_proj": "mlpBias",
    "mlp.down_proj": "mlpBias",
}.items():
    mutant(f"no bias of {module}", lambda spec, flag=flag: spec[flag])(forget_bias(module))


def mistaken_losses(logits, rows, labels):
    """What the loss is to those who shift the labels wrongly, or average otherwise."""

    def mean(labels):
        return cross_entropy(logits, labels)

    packed = torch.cat(labels)
    lengths = [len(row) for row in rows]
    by_row = [scored_from_before(row) for row in labels]
    means = [cross_entropy(x, y) for x, y in zip(logits.split(lengths), by_row) if (y != -100).any()]
    return {
        "labels not shifted": mean(packed),
        "labels shifted the other way": mean(packed.roll(1)),
        "first labels scored from the row before": mean(scored_from_before(packed)),
        "tokens without a label scored": mean(torch.cat([scored_from_before(row) for row in rows])),
        "mean of the rows' means": torch.stack(means).mean(),
    }
