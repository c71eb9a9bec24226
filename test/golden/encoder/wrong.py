"""The mistakes that the goldens must not let pass: each changes a model or how it is trained, in one place."""

from dataclasses import dataclass
from unittest.mock import patch

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers.models.bert import modeling_bert

import objectives
import poolings
from descent import adamw
from encoders import bert_of
from make import Procedure
from objectives import Case, contrastive_loss, masked_lm_loss, pooled, similarities

MUTANTS = {}


@dataclass
class Training:
    case: Case
    model: nn.Module
    procedure: Procedure

    @property
    def bert(self):
        return bert_of(self.model)

    def named(self, ending):
        return [module for name, module in self.model.named_modules() if name.endswith(ending)]


def mutant(name, applies=lambda case: True):
    """@param applies: whether a case has what the mutant gets wrong"""

    def add(change):
        """@param change: of a Training; may return a patch to hold while it runs"""
        assert name not in MUTANTS
        MUTANTS[name] = (applies, change)

    return add


def on(*poolings):
    return lambda case: case.options.get("pooling") in poolings


def contrastive(case):
    return case.contrastive


def masked(case):
    return not case.contrastive


def hard(case):
    return case.negatives > 0


def both(case):
    return case.options.get("directions") == "both"


# The model's insides


def without(ending, attribute="bias"):
    def change(training):
        for module in training.named(ending):
            getattr(module, attribute).data.fill_(1 if attribute == "weight" else 0)

    return change


for part in ("self.query", "self.value", "attention.output.dense", "intermediate.dense", "embeddings.LayerNorm",
             "attention.output.LayerNorm"):
    mutant(f"no bias of {part}")(without(part))
mutant("no gain of the embeddings' norm")(without("embeddings.LayerNorm", "weight"))
mutant("no gain of the MLPs' norms")(without("output.LayerNorm", "weight"))
mutant("no bias of the pooler", on("cls"))(without("pooler.dense"))
mutant("no bias over the vocabulary", masked)(without("cls.predictions"))
mutant("no bias of the head's dense", masked)(without("transform.dense"))


def swapped(ending, make):
    def change(training):
        for name, module in list(training.model.named_modules()):
            if name.endswith(ending):
                parent, _, child = name.rpartition(".")
                setattr(training.model.get_submodule(parent), child, make(module))

    return change


def around(forward):
    """Something else in a module's place, whose parameters keep their names."""

    def change(module):
        inner = module.forward
        module.forward = lambda *given: forward(inner, *given)
        return module

    return change


mutant("no positions")(swapped("position_embeddings", around(lambda inner, ids: 0 * inner(ids))))
mutant("positions from 1")(
    swapped("position_embeddings", around(lambda inner, ids: inner((ids + 1).clamp(max=39))))
)
mutant("no token types")(swapped("token_type_embeddings", around(lambda inner, ids: 0 * inner(ids))))
mutant("the second token type")(swapped("token_type_embeddings", around(lambda inner, ids: inner(ids + 1))))
mutant("no embeddings' norm")(swapped("embeddings.LayerNorm", around(lambda inner, x: x + 0 * inner(x))))
mutant("no norm in the head", masked)(swapped("transform.LayerNorm", around(lambda inner, x: x + 0 * inner(x))))
mutant("no tanh in the pooler", on("cls"))(swapped("pooler.activation", lambda _: nn.Identity()))
mutant("no activation in the head", masked)(
    lambda training: setattr(training.model.cls.predictions.transform, "transform_act_fn", nn.Identity())
)


@mutant("another eps in norms", lambda case: case.base == "bert-masked-lm")
def _(training):
    for norm in training.named("LayerNorm"):
        norm.eps = 1e-12


@mutant("the other GELU")
def _(training):
    other = "none" if training.case.base == "bert-masked-lm" else "tanh"
    for intermediate in training.named(".intermediate"):
        intermediate.intermediate_act_fn = nn.GELU(other)


@mutant("scores divided by the root of the width")
def _(training):
    for attention in training.named("attention.self"):
        attention.scaling = training.model.config.hidden_size**-0.5


@mutant("tokens see those before them alone")
def _(training):
    def attend(module, query, key, value, mask, scaling, dropout=0.0, **_):
        scores = query @ key.transpose(2, 3) * scaling
        future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(future, float("-inf")).softmax(-1) @ value
        return mixed.transpose(1, 2).contiguous(), None

    return patch.object(modeling_bert, "eager_attention_forward", attend)


# Pooling


def pooling(name, wrong):
    return lambda training: patch.dict(poolings.POOLINGS, {name: wrong})


mutant("first is the embeddings", on("avg_first_last"))(
    pooling("avg_first_last", lambda _, states: ((states[0] + states[-1]) / 2).mean(0))
)
mutant("first and last are not halved by themselves", on("avg_first_last"))(
    pooling("avg_first_last", lambda _, states: states[1].mean(0) + 2 * states[-1].mean(0))
)
mutant("the last layer for the last two", on("avg_top2"))(pooling("avg_top2", lambda _, states: states[-1].mean(0)))
mutant("the mean without a row's first token", on("mean"))(
    pooling("mean", lambda _, states: states[-1][1:].sum(0) + 0.01 * states[-1][0])
)
mutant("the largest by size", on("max"))(
    pooling("max", lambda _, states: states[-1].gather(0, states[-1].abs().argmax(0)[None])[0])
)
mutant("the last token for the first", on("cls", "cls_before_pooler"))(
    lambda training: patch.object(
        poolings, "hidden_states_of", lambda *given, of=poolings.hidden_states_of: of(*given).flip(1)
    )
)
mutant("the pooler left out", on("cls"))(pooling("cls", lambda _, states: states[-1][0]))

# Losses


def loss(wrong):
    def change(training):
        training.procedure.loss = wrong

    return change


def with_options(**options):
    def wrong(model, case, batch):
        return contrastive_loss(model, Case(case.name, case.base, {**case.options, **options}), batch)

    return loss(wrong)


mutant("another temperature", contrastive)(with_options(temperature=0.07))
mutant("no weight on hard negatives", lambda case: "hardNegativeWeight" in case.options)(with_options(hardNegativeWeight=0))
mutant("forward alone", both)(with_options(directions="forward"))
mutant("both directions", lambda case: contrastive(case) and not both(case))(with_options(directions="both"))
mutant("dot products for cosines", contrastive)(
    lambda training: patch.object(objectives, "normalize", lambda x, dim: x / x.norm(dim=-1).mean())
)


def vectors(model, case, batch):
    found = [pooled(model, rows, case.options["pooling"]) for rows in batch.blocks.values()]
    return found[0], found[1], found[2:], case.options.get("temperature", 0.05)


@mutant("the weight on every hard negative", lambda case: "hardNegativeWeight" in case.options and not both(case))
@loss
def _(model, case, batch):
    anchors, positives, blocks, temperature = vectors(model, case, batch)
    weight = case.options["hardNegativeWeight"]
    logits = [similarities(anchors, block, temperature) + weight for block in blocks]
    logits = torch.cat([similarities(anchors, positives, temperature), *logits], 1)
    return cross_entropy(logits, torch.arange(len(anchors)))


@mutant("hard negatives beside anchors", lambda case: both(case) and hard(case))
@loss
def _(model, case, batch):
    anchors, positives, [block], temperature = vectors(model, case, batch)
    back = similarities(positives, torch.cat([anchors, block]), temperature)
    forward = contrastive_loss(model, Case(case.name, case.base, {**case.options, "directions": "forward"}), batch)
    return (forward + cross_entropy(back, torch.arange(len(anchors)))) / 2


mutant("the sum for the mean")(
    loss(lambda model, case, batch: objectives.loss_of(model, case, batch) * len(next(iter(batch.blocks.values()))))
)


def relabelled(turn):
    def wrong(model, case, batch):
        return masked_lm_loss(model, case, objectives.Batch(batch.blocks, [turn(row) for row in batch.labels]))

    return loss(wrong)


none = torch.tensor([-100])
mutant("scored from the token before", masked)(relabelled(lambda row: torch.cat((row[1:], none))))
mutant("a row's first label left out", masked)(relabelled(lambda row: torch.cat((none, row[1:]))))
mutant("a mean over all positions", masked)(
    loss(
        lambda model, case, batch: masked_lm_loss(model, case, batch)
        * float((torch.cat(batch.labels) != -100).double().mean())
    )
)

# Steps: what does not show in the first batch, and says so in its name


def optimizer(wrong):
    def change(training):
        training.procedure.optimizer = wrong

    return change


def decaying(no_decay, decay=None):
    def wrong(case, named):
        return adamw(Case("", "", {}, no_decay=no_decay, weight_decay=case.weight_decay if decay is None else decay), named)

    return optimizer(wrong)


mutant("decay of norms and biases too (steps)")(decaying(None))
mutant("no decay (steps)")(decaying(None, 0.0))
mutant("no decay of dense layers (steps)")(decaying(r"(LayerNorm\.weight|bias|dense\.weight)$"))


@mutant("decay in the gradient (steps)")
def _(training):
    def wrong(case, named):
        torch_adam = torch.optim.Adam(list(named.values()), lr=0, weight_decay=case.weight_decay)

        def step(rate):
            torch_adam.param_groups[0]["lr"] = rate
            torch_adam.step()

        return step

    training.procedure.optimizer = wrong


@mutant("no clipping (steps)")
def _(training):
    training.procedure.clip = lambda parameters, most: torch.nn.utils.get_total_norm([p.grad for p in parameters])


@mutant("clipping tensor by tensor (steps)")
def _(training):
    def wrong(parameters, most):
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters])
        for parameter in parameters:
            torch.nn.utils.clip_grad_norm_([parameter], most)
        return norm

    training.procedure.clip = wrong

