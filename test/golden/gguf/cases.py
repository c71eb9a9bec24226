"""The tiny models: a config.json each, which storage each tensor has, and what the file says in GGUF's terms."""

from dataclasses import dataclass, field
from math import pi

import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, quants

LLAMA_MODULES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
GEMMA_MODULES = {
    **LLAMA_MODULES,
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}


@dataclass
class Case:
    name: str
    config: dict
    architecture: str
    keys: dict  # of the architecture, in the writer's types: int, float, bool lists
    storages: dict  # of a tensor whose GGUF name contains the key, the first that does; else F32
    vocabulary: dict
    alignment: int = 32
    lengths: tuple = (1, 7, 33)
    tables: dict = field(default_factory=dict)  # further tensors

    @property
    def gemma(self):
        return self.architecture == "gemma3"


def llama3_divisors(config):
    """What the converter stores for Llama 3's scaling: what each frequency is divided by."""
    rope, dim = config["rope_parameters"], config["head_dim"]
    divisors = []
    for frequency in 1.0 / rope["rope_theta"] ** (np.arange(0, dim, 2) / dim):
        wave = 2 * pi / frequency
        low, high = rope["low_freq_factor"], rope["high_freq_factor"]
        original, factor = rope["original_max_position_embeddings"], rope["factor"]
        if wave < original / high:
            divisors.append(1.0)
        elif wave > original / low:
            divisors.append(factor)
        else:
            smooth = (original / wave - low) / (high - low)
            divisors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(divisors, np.float32)


# Bytes are tokens of their own, as GPT-2 spells them.
def byte_letters():
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(len(others))]


BYTE_LEVEL = {
    "model": "gpt2",
    "pre": "smollm",
    "tokens": ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *byte_letters(), "Ġk", "ko", "Ġko"],
    "token_type": [3, 3, 3] + [1] * 259,
    "merges": ["Ġ k", "k o", "Ġk o"],
    "ids": {"bos": 1, "eos": 2},
    "add_bos": False,
}
SENTENCE_PIECE = {
    "model": "llama",
    "pre": "default",
    "tokens": [
        *["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"],
        *[f"<0x{byte:02X}>" for byte in range(256)],
        *["▁", "k", "o", "▁k", "ko", "▁ko"],
    ],
    "scores": [0.0] * 262 + [-7.0, -8.0, -9.0, -1.0, -2.0, -3.0],
    "token_type": [3, 3, 3, 2, 3, 3] + [6] * 256 + [1] * 6,
    "ids": {"bos": 2, "eos": 1, "unk": 3, "pad": 0},
    "add_bos": True,
}

LLAMA = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 288,
    "hidden_size": 256,
    "intermediate_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 128,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False,
    "rope_parameters": {
        "rope_type": "llama3",
        "rope_theta": 10000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32,
    },
}
GEMMA = {
    "model_type": "gemma3_text",
    "architectures": ["Gemma3ForCausalLM"],
    "vocab_size": 288,
    "hidden_size": 96,
    "intermediate_size": 96,
    "num_hidden_layers": 7,
    "num_attention_heads": 3,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-6,
    "sliding_window": 9,
    "query_pre_attn_scalar": 32,
    "tie_word_embeddings": True,
    "layer_types": ["sliding_attention"] * 5 + ["full_attention"] + ["sliding_attention"],
    "rope_parameters": {
        "full_attention": {"rope_type": "default", "rope_theta": 1000000.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
    },
}
# What the files of the 4B model and above have beside that, and a pattern of its own.
STRETCHED = {
    **GEMMA,
    "num_hidden_layers": 3,
    "tie_word_embeddings": False,
    "final_logit_softcapping": 3.0,
    "layer_types": ["full_attention", "sliding_attention", "full_attention"],
    "rope_parameters": {
        "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
    },
}


def sizes_of(config):
    return {
        "block_count": config["num_hidden_layers"],
        "context_length": config["max_position_embeddings"],
        "embedding_length": config["hidden_size"],
        "feed_forward_length": config["intermediate_size"],
        "attention.head_count": config["num_attention_heads"],
        "attention.head_count_kv": config["num_key_value_heads"],
        "attention.key_length": config["head_dim"],
        "attention.value_length": config["head_dim"],
        "attention.layer_norm_rms_epsilon": config["rms_norm_eps"],
    }


CASES = [
    Case(
        "llama",
        LLAMA,
        "llama",
        {**sizes_of(LLAMA), "rope.freq_base": 10000.0, "rope.dimension_count": 16, "rope.scaling.original_context_length": 32},
        {
            "token_embd": "Q6_K",
            "output.weight": "Q8_0",
            "0.attn_q": "Q4_K",
            "0.attn_k": "Q5_K",
            "0.attn_v": "Q6_K",
            "0.ffn_down": "BF16",
            "1.attn_q": "Q4_0",
            "1.attn_k": "Q4_1",
            "1.attn_v": "Q5_0",
            "1.attn_output": "Q5_1",
            "attn_q": "F16",
            "attn_output": "Q8_0",
            "ffn": "Q8_0",
        },
        BYTE_LEVEL,
        alignment=64,
        tables={"rope_freqs.weight": llama3_divisors(LLAMA)},
    ),
    Case(
        "gemma3",
        GEMMA,
        "gemma3",
        {**sizes_of(GEMMA), "rope.freq_base": 1000000.0, "attention.sliding_window": 9},
        {"token_embd": "Q8_0", "attn_q": "Q5_0", "attn_k": "Q5_0", "attn_v": "Q8_0", "ffn_down": "F16", "weight": "Q4_0"},
        SENTENCE_PIECE,
    ),
    Case(
        "gemma3-stretched",
        STRETCHED,
        "gemma3",
        {
            **sizes_of(STRETCHED),
            "rope.freq_base": 1000.0,
            "rope.freq_base_swa": 50.0,
            "rope.scaling.type": "linear",
            "rope.scaling.factor": 8.0,
            "attention.sliding_window": 9,
            "attention.sliding_window_pattern": [False, True, False],
            "final_logit_softcapping": 3.0,
        },
        {"token_embd": "F16", "output.weight": "BF16", "ffn": "Q4_1"},
        SENTENCE_PIECE,
        alignment=8,
    ),
]


def tensors_of(case):
    """(GGUF name, Hugging Face name, shape) of every tensor, in an order that is none."""
    c = case.config
    hidden, inner, dim = c["hidden_size"], c["intermediate_size"], c["head_dim"]
    queries, keys = c["num_attention_heads"] * dim, c["num_key_value_heads"] * dim
    widths = {"q_proj": (queries, hidden), "k_proj": (keys, hidden), "v_proj": (keys, hidden), "o_proj": (hidden, queries)}
    widths |= {"gate_proj": (inner, hidden), "up_proj": (inner, hidden), "down_proj": (hidden, inner)}
    widths |= {"q_norm": (dim,), "k_norm": (dim,)}
    names = [("output_norm", "model.norm", (hidden,)), ("token_embd", "model.embed_tokens", (c["vocab_size"], hidden))]
    if not c["tie_word_embeddings"]:
        names.append(("output", "lm_head", (c["vocab_size"], hidden)))
    for module, short in (GEMMA_MODULES if case.gemma else LLAMA_MODULES).items():
        for layer in reversed(range(c["num_hidden_layers"])):
            shape = widths.get(module.split(".")[-1], (hidden,))
            names.append((f"blk.{layer}.{short}", f"model.layers.{layer}.{module}", shape))
    return [(f"{short}.weight", f"{long}.weight", shape) for short, long, shape in names]


def storage_of(case, name, shape):
    if len(shape) == 1:
        return "F32"
    return next((storage for part, storage in case.storages.items() if part in name), "F32")


def random_bytes(case, name, shape):
    """A tensor's bytes in its storage. The K-quants, which gguf only reads, are random blocks with small scales."""
    storage = storage_of(case, name, shape)
    values = torch.randn(shape) * (1 if len(shape) == 1 else 1.5 / shape[-1] ** 0.5)
    if len(shape) == 1:
        values = 1 + 0.3 * values
    if not storage.endswith("_K"):
        return quants.quantize(values.numpy(), Type[storage])
    block, size = {"Q4_K": (256, 144), "Q5_K": (256, 176), "Q6_K": (256, 210)}[storage]
    blocks = torch.randint(256, (shape[0] * shape[1] // block, size), dtype=torch.uint8).numpy()
    scales = (0.0004 + 0.0002 * torch.rand(len(blocks), 2)).half().numpy().view(np.uint8)
    if storage == "Q6_K":
        blocks[:, -2:] = scales[:, :2]
    else:
        blocks[:, :4] = scales
    return blocks.reshape(shape[0], -1)


def write_gguf(case, path):
    """Returns the bytes of every tensor, by its GGUF name."""
    writer = GGUFWriter(path, case.architecture)
    writer.add_custom_alignment(case.alignment)
    for key, value in case.keys.items():
        key = f"{case.architecture}.{key}"
        add = {int: writer.add_uint32, float: writer.add_float32, str: writer.add_string, list: writer.add_array}
        add[type(value)](key, value)
    words = case.vocabulary
    writer.add_tokenizer_model(words["model"])
    writer.add_tokenizer_pre(words["pre"])
    writer.add_token_list(words["tokens"])
    writer.add_token_types(words["token_type"])
    writer.add_add_bos_token(words["add_bos"])
    if "merges" in words:
        writer.add_token_merges(words["merges"])
    if "scores" in words:
        writer.add_token_scores(words["scores"])
        writer.add_add_space_prefix(False)
    roles = {"bos": writer.add_bos_token_id, "eos": writer.add_eos_token_id}
    roles |= {"unk": writer.add_unk_token_id, "pad": writer.add_pad_token_id}
    for role, token in words["ids"].items():
        roles[role](token)
    stored = {name: random_bytes(case, name, shape) for name, _, shape in tensors_of(case)}
    for name, _, shape in tensors_of(case):
        writer.add_tensor(name, stored[name], raw_dtype=Type[storage_of(case, name, shape)])
    for name, table in case.tables.items():
        writer.add_tensor(name, table)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return stored


def unpaired(matrix, heads):
    """Rows back from llama.cpp's order, in which a rotation turns neighbours."""
    shape = matrix.shape
    return matrix.reshape(heads, shape[0] // heads // 2, 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def back_to_hugging_face(case, stored, pairs=True, norms=True):
    weights = {}
    for name, long, shape in tensors_of(case):
        numbers = quants.dequantize(stored[name], Type[storage_of(case, name, shape)]).reshape(shape)
        if pairs and not case.gemma and ".attn_q." in name:
            numbers = unpaired(numbers, case.config["num_attention_heads"])
        if pairs and not case.gemma and ".attn_k." in name:
            numbers = unpaired(numbers, case.config["num_key_value_heads"])
        if norms and case.gemma and "norm" in name:
            numbers = numbers - np.float32(1)
        weights[long] = torch.from_numpy(np.ascontiguousarray(numbers, np.float32))
    return weights


def changed(config, *path, value):
    """A config of which one value is another."""
    if not path:
        return value
    return {**config, path[0]: changed(config[path[0]], *path[1:], value=value)}


def mutants_of(case, stored):
    """Name -> (config, weights) of models that a reader would make who forgets one thing."""
    c, weights = case.config, back_to_hugging_face(case, stored)
    if not case.gemma:
        plain = {"rope_type": "default", "rope_theta": c["rope_parameters"]["rope_theta"]}
        return {
            "rows left in pairs": (c, back_to_hugging_face(case, stored, pairs=False)),
            "rotations not scaled": ({**c, "rope_parameters": plain}, weights),
            "another original context": (
                changed(c, "rope_parameters", "original_max_position_embeddings", value=8192),
                weights,
            ),
        }
    other = {"sliding_attention": "full_attention", "full_attention": "sliding_attention"}
    kinds = c["layer_types"]
    mutants = {
        "norms not lowered": (c, back_to_hugging_face(case, stored, norms=False)),
        "another scale of queries": ({**c, "query_pre_attn_scalar": 2 * c["head_dim"]}, weights),
        "another window": ({**c, "sliding_window": c["sliding_window"] + 1}, weights),
        "another local base": (changed(c, "rope_parameters", "sliding_attention", "rope_theta", value=1e6), weights),
        "another base": (changed(c, "rope_parameters", "full_attention", "rope_theta", value=1e5), weights),
    }
    for layer, kind in enumerate(kinds):
        mutant = kinds[:layer] + [other[kind]] + kinds[layer + 1 :]
        mutants[f"layer {layer} of the other kind"] = ({**c, "layer_types": mutant}, weights)
    if "final_logit_softcapping" in c:
        mutants["no soft cap"] = ({**c, "final_logit_softcapping": None}, weights)
    return mutants
