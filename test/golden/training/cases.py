"""What is trained: a base of ../decoder each, its adapter or all of its weights, and the batches."""

from dataclasses import dataclass
from pathlib import Path

import torch
from peft import LoraConfig, TaskType, get_peft_model

DECODERS = Path(__file__).parent.parent / "decoder"

STEPS = 10
# A row of one token has nothing to score; the third is longer than every window and starts without labels, the fourth
# has none at all.
LENGTHS = (5, 1, 37, 3, 11, 8)


@dataclass
class Case:
    name: str
    base: str  # a folder of ../decoder
    clip: float  # below the gradient's norm in some steps and above it in others
    lr: float
    adapter: dict | None = None  # as addAdapter takes it; without one all weights are trained
    weight_decay: float = 0.0
    no_decay: str | None = None  # a pattern of names

    def json(self, rates):
        return {
            "base": self.base,
            **({"adapter": self.adapter} if self.adapter else {}),
            "lr": rates,
            "clip": self.clip,
            "weightDecay": self.weight_decay,
            **({"noDecay": self.no_decay} if self.no_decay else {}),
            "betas": [0.9, 0.999],
            "eps": 1e-8,
        }


def full(name, base, **settings):
    return Case(name, base, lr=0.01, weight_decay=0.01, no_decay=r"(norm\.weight|\.bias)$", **settings)


CASES = [
    Case("lora-llama", "llama-f32", adapter={"targets": "all-linear", "rank": 4, "alpha": 8}, clip=9.5, lr=0.01),
    # Ranks 2, 4 and 6 and four scales; one pattern names a module, one a module of a layer, one is a regular expression.
    Case(
        "lora-gemma3-patterns",
        "gemma3-f32-softcap",
        adapter={
            "targets": ["q_proj", "v_proj", "down_proj", "o_proj"],
            "rank": 4,
            "alpha": 3,
            "rsLora": True,
            "dropout": 0.1,  # which no number here has
            "rankPattern": {"v_proj": 2, "layers.2.mlp.down_proj": 6},
            "alphaPattern": {"down_proj": 5, r"layers\.[03]\.self_attn\.o_proj": 1},
        },
        clip=2.0,
        lr=0.01,
    ),
    Case("lora-gemma3-bf16", "gemma3-bf16", adapter={"targets": "all-linear", "rank": 2, "alpha": 1}, clip=2.24, lr=0.01),
    full("full-llama", "llama-f16", clip=4.3),
    full("full-llama-tied-biases", "llama-bf16-sharded", clip=4.0),
    full("full-gemma3", "gemma3-f32-softcap", clip=3.8),
]


def adapt(model, case, random):
    """With factors of which neither is zero, so that both have a gradient and the adapter an effect."""
    given = case.adapter
    model = get_peft_model(
        model,
        LoraConfig(
            task_type=TaskType.CAUSAL_LM,
            target_modules=given["targets"],
            r=given["rank"],
            lora_alpha=given["alpha"],
            lora_dropout=given.get("dropout", 0.0),
            use_rslora=given.get("rsLora", False),
            rank_pattern=given.get("rankPattern", {}),
            alpha_pattern=given.get("alphaPattern", {}),
        ),
    ).eval()
    for name, factor in model.named_parameters():
        if "lora_" in name:
            spread = 0.5 if "lora_B" in name else 1.0
            factor.data.copy_(spread * factor.shape[1] ** -0.5 * torch.randn(factor.shape, generator=random))
    return model


@dataclass
class Batch:
    """Rows of ids and their labels; -100 is no label."""

    rows: list
    labels: list


def sample_batch(config, random):
    """
    Most rows' first labels are real: they must not count. No row has the padding id (Gemma's, 0), which nn.Embedding
    looks up but never trains: rows without padding have no use for it.
    """
    first = 0 if config.pad_token_id is None else config.pad_token_id + 1
    rows = [torch.randint(first, config.vocab_size, (length,), generator=random) for length in LENGTHS]
    some, lone, prompted, silent, whole, few = (row.clone() for row in rows)
    for labels, share in (some, 1 / 3), (few, 2 / 3):
        labels[1:][torch.rand(len(labels) - 1, generator=random) < share] = -100
    prompted[:20] = -100
    silent[:] = -100
    few[-1] = rows[-1][-1]
    return Batch(rows, [some, lone, prompted, silent, whole, few])


def sample_batches(config, random):
    return [sample_batch(config, random) for _ in range(STEPS)]
