"""The tiny models: a config.json each, in an old or a new form, and random weights."""

import json
from dataclasses import dataclass, field

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM


@dataclass
class Case:
    name: str
    config: dict  # as the file has it in the old form; the new form is what transformers makes of it
    dtype: torch.dtype
    form: str = "new"
    lengths: tuple = (1, 7, 13, 65)
    stride: int = 4  # of each row, tokens 0, stride, 2 stride … and the last are those whose numbers are stored
    shard_size: str = "1GB"
    renamed: dict = field(default_factory=dict)  # prefixes of tensor names, as transformers saves them -> as stored


LLAMA_F32 = {
    "model_type": "llama",
    "vocab_size": 1031,
    "hidden_size": 72,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "num_key_value_heads": 1,
    "head_dim": 24,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    # Waves of 6.3, 13.5, 29 and 62 … tokens: the first stays, two are mixed, the others are slowed.
    "rope_parameters": {
        "rope_type": "llama3",
        "rope_theta": 10000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32,
    },
}

# Heads together are wider than the hidden size, and serve two key-value heads.
LLAMA_BF16 = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 131,
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "hidden_act": "silu",
    "max_position_embeddings": 128,
    "rms_norm_eps": 0.02,
    "rope_theta": 500.0,
    "rope_scaling": {"type": "linear", "factor": 2.0},
    "attention_bias": True,
    "mlp_bias": True,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.41.0",
}

# As little as a file can say: head_dim, key-value heads, rope, eps and the untied head are the class's defaults.
LLAMA_F16 = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 67,
    "hidden_size": 40,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 5,
    "max_position_embeddings": 128,
    "sliding_window": 4,
    "torch_dtype": "float16",
}

GEMMA3_BF16 = {
    "model_type": "gemma3_text",
    "vocab_size": 131,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 7,
    "num_attention_heads": 3,
    "num_key_value_heads": 1,
    "head_dim": 24,
    "max_position_embeddings": 128,
    "rms_norm_eps": 0.01,
    "query_pre_attn_scalar": 20,
    "sliding_window": 8,
    "rope_parameters": {
        "full_attention": {"rope_type": "linear", "rope_theta": 3000.0, "factor": 4.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
    },
}

GEMMA3_SOFTCAP = {
    "architectures": ["Gemma3ForCausalLM"],
    "attn_logit_softcapping": 1.0,  # which transformers keeps and never applies
    "cache_implementation": "hybrid",
    "final_logit_softcapping": 2.0,
    "head_dim": 8,
    "hidden_activation": "gelu_pytorch_tanh",
    "hidden_size": 32,
    "intermediate_size": 24,
    "max_position_embeddings": 128,
    "model_type": "gemma3_text",
    "num_attention_heads": 4,
    "num_hidden_layers": 4,
    "num_key_value_heads": 2,
    "query_pre_attn_scalar": 10,
    "rms_norm_eps": 1e-06,
    "rope_local_base_freq": 30.0,
    "rope_scaling": None,
    "rope_theta": 2000.0,
    "sliding_window": 5,
    "sliding_window_pattern": 3,
    "torch_dtype": "float32",
    "transformers_version": "4.50.0.dev0",
    "use_cache": True,
    "vocab_size": 97,
}

GEMMA3_MULTIMODAL = {
    "architectures": ["Gemma3ForConditionalGeneration"],
    "model_type": "gemma3",
    "mm_tokens_per_image": 4,
    "text_config": {
        "model_type": "gemma3_text",
        "vocab_size": 71,
        "hidden_size": 32,
        "intermediate_size": 40,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "max_position_embeddings": 128,
        "sliding_window": 6,
        "sliding_window_pattern": 2,
        "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
        "query_pre_attn_scalar": 16,
    },
    "vision_config": {
        "model_type": "siglip_vision_model",
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "image_size": 8,
        "patch_size": 4,
    },
    "torch_dtype": "float16",
}

CASES = [
    # Its vocabulary and width are odd ones that kernels must meet, so it is larger than the others.
    Case("llama-f32", LLAMA_F32, torch.float32, stride=16),
    Case("llama-bf16-sharded", LLAMA_BF16, torch.bfloat16, "old", (13, 65, 1, 7), shard_size="24KB"),
    Case("llama-f16", LLAMA_F16, torch.float16, "old", (65, 7, 1, 13)),
    Case("gemma3-bf16", GEMMA3_BF16, torch.bfloat16),
    Case("gemma3-f32-softcap", GEMMA3_SOFTCAP, torch.float32, "old", (7, 65, 13, 1)),
    Case("gemma3-multimodal-f16", GEMMA3_MULTIMODAL, torch.float16, lengths=(1, 9, 33)),
    # The same under the other names and in the other form.
    Case(
        "gemma3-multimodal-f16-renamed",
        GEMMA3_MULTIMODAL,
        torch.float16,
        "old",
        (1, 9, 33),
        renamed={
            "language_model.model.": "model.language_model.",
            "vision_tower.": "model.vision_tower.",
            "multi_modal_projector.": "model.multi_modal_projector.",
        },
    ),
]


def config_of(values):
    """What transformers makes of a config.json."""
    return AutoConfig.for_model(**json.loads(json.dumps(values)))


def fill(model, random):
    """
    Weights at which hidden states are of the order of one, scores and logits spread, and no gain or bias is neutral.
    """
    is_gemma = "gemma3" in model.config.model_type
    tied = model.config.tie_word_embeddings
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=random)
        if "norm" in name and name.endswith("weight"):
            noise = 0.3 * noise + (0 if is_gemma else 1)
        elif name.endswith("bias"):
            noise *= 0.3
        elif "embed_tokens" in name:
            # A tied head multiplies a normed state by it; Gemma multiplies by sqrt(H) what it embeds.
            noise *= 1.5 * weight.shape[1] ** -0.5 if tied else 1
        elif name.endswith(("q_proj.weight", "k_proj.weight", "lm_head.weight")):
            noise *= 1.5 * weight.shape[-1] ** -0.5
        else:
            noise *= weight.shape[-1] ** -0.5
        weight.data.copy_(noise)


def save(case, folder, random):
    """A folder as people have them: config.json and the weights, in one file or in shards beside their index."""
    with torch.random.fork_rng():
        model = AutoModelForCausalLM.from_config(config_of(case.config))
    fill(model, random)
    model.to(case.dtype).save_pretrained(folder, max_shard_size=case.shard_size)
    (folder / "generation_config.json").unlink()
    if case.form == "old":
        (folder / "config.json").write_text(json.dumps(case.config, indent=2) + "\n")
    if case.renamed:
        rename(folder / "model.safetensors", case.renamed)


def rename(file, prefixes):
    def renamed(name):
        [before] = [prefix for prefix in prefixes if name.startswith(prefix)]
        return prefixes[before] + name.removeprefix(before)

    save_file({renamed(name): tensor for name, tensor in load_file(file).items()}, file, {"format": "pt"})
