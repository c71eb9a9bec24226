"""Writes what PEFT makes of LoRA configurations, on tiny models of transformers.

    pip install torch==2.15.0 transformers==5.23.0 peft==0.21.2
    npm run build && npx tsc -p test/tsconfig.json
    python test/golden/peft/make.py

golden.json
    modules     model -> the linear layers of its decoder's blocks: [name, outputs, inputs], as PEFT sees them
    cases       settings: as xling's AdapterConfig has them; model; config: the adapter_config.json that PEFT writes;
                adapted: what PEFT adapts, by module [rank, scaling]; tensors: what it saves, by name the shape;
                written: the adapter_config.json that xling writes (write-configs.ts), of which it is asserted here that
                PEFT adapts the same with it
    refused     key -> an adapter_config.json that PEFT writes for what xling does not read

Nothing is random but the weights, which are not looked at.
"""

import json
import subprocess
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from peft import LoraConfig, PeftConfig, get_peft_model, get_peft_model_state_dict
from transformers import Gemma3Config, Gemma3ForConditionalGeneration, LlamaConfig, LlamaForCausalLM

folder = Path(__file__).parent

# Eleven layers: `layers.1` is the beginning of `layers.10`. Queries, keys and the inner size differ.
LLAMA = LlamaConfig(vocab_size=16, hidden_size=8, intermediate_size=12, num_hidden_layers=11, num_attention_heads=2,
                    num_key_value_heads=1, head_dim=4)
TEXT = {"vocab_size": 16, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 4}
VISION = {"hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 28,
          "patch_size": 14}
GEMMA3 = Gemma3Config(text_config=TEXT, vision_config=VISION, mm_tokens_per_image=4, image_token_index=1,
                      boi_token_index=2, eoi_token_index=3, pad_token_id=0)

MODELS = {"llama": lambda: LlamaForCausalLM(LLAMA), "gemma3": lambda: Gemma3ForConditionalGeneration(GEMMA3)}

CASES = [
    {"settings": {}},
    {"settings": {"targets": ["q_proj", "v_proj"], "rank": 3, "alpha": 5, "dropout": 0.25}},
    {"settings": {"targets": ["layers.1.self_attn.q_proj", "model.layers.3.mlp.down_proj", "mlp.up_proj"]}},
    {"settings": {"targets": ["proj", "k_proj"]}},  # PEFT passes over what no module is called
    {"settings": {"targets": r".*\.layers\.[0-2]\.self_attn\.(q|k)_proj", "rsLora": True, "rank": 16, "alpha": 3.5}},
    {"settings": {"targets": r"model\.layers\.1.*_proj"}},
    {"settings": {"targets": r"q_proj|model\.layers\.10\.mlp\.gate_proj"}},  # one side is no whole name
    {"settings": {"targets": ["o_proj"], "rankPattern": {"layers.1.self_attn.o_proj": 2, "o_proj": 5, "never": 7}}},
    {"settings": {"targets": ["o_proj"], "rankPattern": {"o_proj": 5, "layers.1.self_attn.o_proj": 2}}},
    {"settings": {"rankPattern": {"^model.layers.0.self_attn.q_proj": 1, "layers.[89].*": 64, "down": 9},
                  "alphaPattern": {"mlp.*": 2, "gate_proj|up_proj": 3, "0.self_attn.k_proj": 0.5}, "rsLora": True}},
    {"settings": {"targets": ["q_proj"], "rankPattern": {r"(layers\.(0|10)\.)self_attn\.q_proj": 4, r"q_pro": 6}}},
    {"settings": {"targets": ["q_proj", "down_proj"], "rank": 2}, "model": "gemma3"},
    {"settings": {"targets": r".*language_model.*\.q_proj", "rankPattern": {"model.language_model.layers.1.*": 3}},
     "model": "gemma3"},
]

REFUSED = {
    "use_dora": {"use_dora": True},
    "bias": {"bias": "lora_only"},
    "lora_bias": {"lora_bias": True},
    "modules_to_save": {"modules_to_save": ["lm_head"]},
    "exclude_modules": {"exclude_modules": ["k_proj"]},
    "layers_to_transform": {"layers_to_transform": 0},
    "layer_replication": {"layer_replication": [(0, 2), (1, 3)]},
    "target_parameters": {"target_parameters": ["mlp.experts.gate_up_proj"]},
    "trainable_token_indices": {"trainable_token_indices": [1, 2]},
    "alora_invocation_tokens": {"alora_invocation_tokens": [1]},
    "use_qalora": {"use_qalora": True},
    "init_lora_weights": {"init_lora_weights": "pissa"},
}


def lora_config(settings):
    names = {"rank": "r", "alpha": "lora_alpha", "dropout": "lora_dropout", "targets": "target_modules",
             "rankPattern": "rank_pattern", "alphaPattern": "alpha_pattern", "rsLora": "use_rslora"}
    given = {"target_modules": "all-linear", **{names[key]: value for key, value in settings.items()}}
    return LoraConfig(task_type="CAUSAL_LM", **given)


def linear_modules(model):
    """Those of the decoder's blocks."""
    return [
        [name, module.out_features, module.in_features]
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and ".layers." in name and "vision" not in name
    ]


def adapt(model, config):
    """What PEFT adapts, by module [rank, scaling], and the shapes of what it would save."""
    peft = get_peft_model(MODELS[model](), config)
    adapted = {
        name.removeprefix("base_model.model."): [module.r["default"], module.scaling["default"]]
        for name, module in peft.named_modules()
        if hasattr(module, "lora_A") and len(module.lora_A) > 0
    }
    shapes = {name: list(tensor.shape) for name, tensor in get_peft_model_state_dict(peft).items()}
    return adapted, dict(sorted(shapes.items()))


def saved(config):
    """adapter_config.json. A set of targets has another order in every run."""
    with TemporaryDirectory() as path:
        config.save_pretrained(path)
        out = json.loads((Path(path) / "adapter_config.json").read_text())
    if isinstance(out["target_modules"], list):
        out["target_modules"].sort()
    return out


def unsorted(case, config):
    """PEFT sorts patterns when it saves them, and so changes what they mean; here they keep their order."""
    for ours, theirs in (("rankPattern", "rank_pattern"), ("alphaPattern", "alpha_pattern")):
        config[theirs] = case["settings"].get(ours, {})
    return config


def read(config):
    with TemporaryDirectory() as path:
        (Path(path) / "adapter_config.json").write_text(json.dumps(config))
        return PeftConfig.from_pretrained(path)


def one_per_line(value):
    """JSON with one entry of each list and object of the first two levels per line."""
    inner = lambda item: "{" + ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in item.items()) + "}"
    lists = {key: "[" + ",\n".join(map(inner, entry)) + "]" if isinstance(entry, list) else inner(entry)
             for key, entry in value.items()}
    return "{" + ",\n".join(f"{json.dumps(key)}:{text}" for key, text in lists.items()) + "}\n"


modules = {model: linear_modules(make()) for model, make in MODELS.items()}
cases = []
for case in CASES:
    model = case.get("model", "llama")
    config = lora_config(case["settings"])
    adapted, tensors = adapt(model, config)
    text = unsorted(case, saved(config))
    cases.append({"settings": case["settings"], "model": model, "config": text, "adapted": adapted, "tensors": tensors})

made_with = {name: version(name) for name in ("peft", "transformers", "torch")}
golden = {"made_with": made_with, "modules": modules, "cases": cases,
          "refused": {key: saved(LoraConfig(**{"target_modules": ["q_proj"], "init_lora_weights": True, **given}))
                      for key, given in REFUSED.items()}}

node = ["node", "build/test/golden/peft/write-configs.js"]
written = json.loads(subprocess.run(node, input=json.dumps(golden), check=True, capture_output=True, text=True).stdout)
for case, config in zip(cases, written, strict=True):
    case["written"] = config
    if case["model"] == "llama":  # what xling writes is for a model of text alone
        assert adapt(case["model"], read(config))[0] == case["adapted"], case["settings"]

(folder / "golden.json").write_text(one_per_line(golden))
