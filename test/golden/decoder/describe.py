"""A DecoderSpec read off the modules that transformers builds, not off its configuration."""

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from reference import decoder_of


def short(number):
    """An f32 as the shortest decimal that is rounded to it."""
    return float(str(np.float32(number)))


def describe(config):
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    decoder = decoder_of(model)
    block = decoder.layers[0]
    attention, mlp = block.self_attn, block.mlp
    ropes, layers = rotations(decoder)
    return {
        "vocabSize": decoder.embed_tokens.num_embeddings,
        "hiddenSize": attention.q_proj.in_features,
        "intermediateSize": mlp.gate_proj.out_features,
        "heads": attention.q_proj.out_features // attention.head_dim,
        "keyValueHeads": attention.k_proj.out_features // attention.head_dim,
        "headDim": attention.head_dim,
        "maxPositions": decoder.rotary_emb.original_max_seq_len,
        "normEps": decoder.norm.eps if hasattr(decoder.norm, "eps") else decoder.norm.variance_epsilon,
        "normOffset": norm_offset(decoder.norm),
        "afterNorms": hasattr(block, "post_feedforward_layernorm"),
        "queryKeyNorm": hasattr(attention, "q_norm"),
        "attentionScale": attention.scaling,
        "queryKeyValueBias": attention.v_proj.bias is not None,
        "outputBias": attention.o_proj.bias is not None,
        "mlpBias": mlp.down_proj.bias is not None,
        "activation": activation(mlp.act_fn),
        "embeddingScale": getattr(decoder.embed_tokens, "scalar_embed_scale", 1.0),
        "tiedHead": model.lm_head.weight is decoder.embed_tokens.weight,
        "logitSoftcap": getattr(decoder.config, "final_logit_softcapping", None) or 0,
        "ropes": ropes,
        "layers": layers,
    }


def norm_offset(norm):
    """What a norm multiplies by where all gains are stored as zero."""
    norm = type(norm)(8)
    norm.weight.data.zero_()
    return int(norm(torch.ones(8)).round()[0])


def activation(function):
    x = torch.linspace(-4, 4, 81)
    known = {
        "silu": torch.nn.functional.silu(x),
        "gelu_tanh": torch.nn.functional.gelu(x, approximate="tanh"),
    }
    [name] = [name for name, y in known.items() if torch.allclose(function(x), y, atol=1e-6)]
    return name


def rotations(decoder):
    rotary = type(decoder.rotary_emb)(decoder.config)  # not on the meta device
    kinds = getattr(rotary, "layer_types", None)
    if kinds is None:
        rope = {"frequencies": [short(f) for f in rotary.inv_freq], "scale": rotary.attention_scaling}
        return [rope], [{"window": 0, "rope": 0} for _ in decoder.layers]
    ropes = [
        {
            "frequencies": [short(f) for f in getattr(rotary, f"{kind}_inv_freq")],
            "scale": getattr(rotary, f"{kind}_attention_scaling"),
        }
        for kind in kinds
    ]
    attentions = [layer.self_attn for layer in decoder.layers]
    return ropes, [{"window": a.sliding_window or 0, "rope": kinds.index(a.layer_type)} for a in attentions]
