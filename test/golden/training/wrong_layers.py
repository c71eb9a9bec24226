"""
Mutants of the model: adapters that are applied wrongly, and layers whose values are right and whose gradients are not.
Layers with wrong values are the decoder goldens' business.
"""

from math import sqrt
from unittest.mock import patch

import torch
from torch.nn.functional import embedding, gelu, linear, sigmoid, silu

from wrong import adapted, backward_of, mutant, whole

# Adapters


def rescale(scale):
    """@param scale: (adapter's settings, module, rank, the right scale) -> another"""

    def change(training):
        for module in training.adapted:
            rank = module.r["default"]
            module.scaling["default"] = scale(training.case.adapter, module, rank, module.scaling["default"])

    return change


def root_scaled(case, spec):
    return adapted(case, spec) and case.adapter.get("rsLora", False)


def plainly_scaled(case, spec):
    return adapted(case, spec) and not root_scaled(case, spec)


def patterned(key):
    return lambda case, spec: adapted(case, spec) and key in case.adapter


mutant("adapters without their scale", adapted)(rescale(lambda given, module, rank, right: 1.0))
mutant("alpha / r for rsLoRA", root_scaled)(rescale(lambda given, module, rank, right: right / sqrt(rank)))
mutant("rsLoRA for alpha / r", plainly_scaled)(rescale(lambda given, module, rank, right: right * sqrt(rank)))
mutant("alphaPattern ignored", patterned("alphaPattern"))(
    rescale(lambda given, module, rank, right: given["alpha"] / sqrt(rank))
)
mutant("rankPattern's ranks not in the scale", patterned("rankPattern"))(
    rescale(lambda given, module, rank, right: right * sqrt(rank / given["rank"]))
)


def adapt_by(forward):
    """@param forward: (module, A, B, scale, x) -> y"""

    def change(training):
        for module in training.adapted:
            parts = [module.lora_A["default"].weight, module.lora_B["default"].weight, module.scaling["default"]]
            module.forward = lambda x, module=module, parts=parts: forward(module, *parts, x)

    return change


@mutant("adapters give their input no gradient", adapted)
@adapt_by
def forget_input_gradient(module, a, b, scale, x):
    return module.base_layer(x) + scale * linear(linear(x.detach(), a), b)


@mutant("adapters' input gradient without the scale", adapted)
@adapt_by
def forget_input_scale(module, a, b, scale, x):
    down = linear(x.detach(), a)
    through = linear(linear(x, a.detach()), b.detach())
    return module.base_layer(x) + scale * linear(down, b) + through - through.detach()


@mutant("frozen matrices give their input no gradient", adapted)
@adapt_by
def forget_frozen_gradient(module, a, b, scale, x):
    return module.base_layer(x).detach() + scale * linear(linear(x, a), b)


def scale_gradients(of_a, of_b):
    """@param of_a, of_b: what the right scale makes of a factor's gradient"""

    def change(training):
        def gradients(named):
            for module in training.adapted:
                scale = module.scaling["default"]
                module.lora_A["default"].weight.grad *= of_a(scale)
                module.lora_B["default"].weight.grad *= of_b(scale)

        training.procedure.gradients = gradients

    return change


mutant("A's gradient without the scale", adapted)(scale_gradients(lambda s: 1 / s, lambda s: 1))
mutant("B's gradient without the scale", adapted)(scale_gradients(lambda s: 1, lambda s: 1 / s))
mutant("the scale twice in A's gradient and never in B's", adapted)(scale_gradients(lambda s: s, lambda s: 1 / s))

# Embedding and head


@mutant("no gradient from the tied head", lambda case, spec: whole(case, spec) and spec["tiedHead"])
def forget_head_gradient(training):
    head = training.model.lm_head
    head.forward = lambda x: linear(x, head.weight.detach())


def change_lookup(training, lookup):
    table = training.decoder.embed_tokens
    right = table.forward
    table.forward = lambda ids: lookup(table.weight, ids, right(ids))


@mutant("no gradient from the lookup", whole)
def forget_lookup_gradient(training):
    change_lookup(training, lambda weight, ids, right: backward_of(0 * right, right))


@mutant("embedding gradient without its scale", lambda case, spec: whole(case, spec) and spec["embeddingScale"] != 1)
def forget_embedding_scale(training):
    change_lookup(training, lambda weight, ids, right: backward_of(embedding(ids, weight), right))


@mutant("of an id's places in a row, only the last one's gradient", whole)
def overwrite_repeated(training):
    def lookup(weight, ids, right):
        last = torch.stack([(ids[:, t + 1 :] != ids[:, t : t + 1]).all(1) for t in range(ids.shape[1])], 1)
        return torch.where(last[..., None], right, right.detach())

    change_lookup(training, lookup)


@mutant("soft-cap without its derivative", lambda case, spec: spec["logitSoftcap"] > 0)
def forget_softcap_gradient(training):
    logits = training.procedure.logits
    config = training.decoder.config
    cap, config.final_logit_softcapping = config.final_logit_softcapping, None

    def straight(model, row):
        raw = logits(model, row)
        return backward_of(raw, cap * torch.tanh(raw / cap))

    training.procedure.logits = straight


# Norms


def change_norms(wrong):
    """@param wrong: (x, 1 / root of the mean square, the stored gain, what is added to it) -> y, for its gradient"""

    def change(training):
        offset = training.spec["normOffset"]
        for norm in training.norms:
            right = norm.forward

            def forward(x, norm=norm, right=right):
                rstd = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + training.spec["normEps"])
                return backward_of(wrong(x, rstd, norm.weight, offset), right(x))

            norm.forward = forward

    return change


mutant("norm gradient with the offset 0 for 1, or 1 for 0")(
    change_norms(lambda x, rstd, gain, offset: x * rstd * (gain + 1 - offset))
)
mutant("norm gradient as if the root mean square were a constant")(
    change_norms(lambda x, rstd, gain, offset: x * rstd.detach() * (gain + offset))
)
mutant("gain's gradient from inputs that are not normed", whole)(
    change_norms(lambda x, rstd, gain, offset: x * rstd * (gain.detach() + offset) + x.detach() * gain)
)

# Attention


def change_attention(training, wrong):
    """@param wrong: (attention, module, query, key, value, mask, **settings) -> its outcome, for its gradient"""
    attention = training.modeling.eager_attention_forward

    def forward(module, query, key, value, mask, **settings):
        right, weights = attention(module, query, key, value, mask, **settings)
        return backward_of(wrong(attention, module, query, key, value, mask, **settings)[0], right), weights

    return patch.object(training.modeling, "eager_attention_forward", forward)


def widen_backward(by):
    def wrong(attention, module, query, key, value, mask, **settings):
        if module.sliding_window:
            place = torch.arange(query.shape[2])
            distance = place[:, None] - place
            seen = (distance >= 0) & (distance < module.sliding_window + by)
            mask = torch.zeros(seen.shape, dtype=query.dtype).masked_fill(~seen, torch.finfo(query.dtype).min)[None, None]
        return attention(module, query, key, value, mask, **settings)

    return lambda training: change_attention(training, wrong)


def slides(case, spec):
    return any(layer["window"] for layer in spec["layers"])


mutant("window one wider in backward", slides)(widen_backward(1))
mutant("window one narrower in backward", slides)(widen_backward(-1))


@mutant("no causal mask in backward")
def forget_causality(training):
    def wrong(attention, module, query, key, value, mask, **settings):
        return attention(module, query, key, value, None, **settings)

    return change_attention(training, wrong)


@mutant("attention scale missing in backward")
def forget_attention_scale(training):
    def wrong(attention, module, query, key, value, mask, scaling, **settings):
        # Probabilities are right, their scores' gradient is not scaled.
        query = query / scaling + (query - query / scaling).detach()
        return attention(module, query, key, value, mask, scaling=scaling, **settings)

    return change_attention(training, wrong)


def groups(case, spec):
    return spec["heads"] > spec["keyValueHeads"]


@mutant("keys' and values' gradient from one query head of a group", groups)
def forget_group(training):
    def repeat(x, times):
        others = [x.detach()] * (times - 1)
        return torch.stack([x, *others], 2).flatten(1, 2)

    return patch.object(training.modeling, "repeat_kv", repeat)


@mutant("rotated forwards in backward")
def rotate_gradient_forwards(training):
    rotate = training.modeling.apply_rotary_pos_emb

    def forward(q, k, cos, sin):
        return tuple(map(backward_of, rotate(q, k, cos, -sin), rotate(q, k, cos, sin)))

    return patch.object(training.modeling, "apply_rotary_pos_emb", forward)


# MLP


def activate(wrong):
    def change(training):
        for layer in training.layers:
            right = layer.mlp.act_fn.forward
            layer.mlp.act_fn.forward = lambda x, right=right: backward_of(wrong(x), right(x))

    return change


def activates(name):
    return lambda case, spec: spec["activation"] == name


mutant("derivative of GELU for SiLU's", activates("silu"))(activate(lambda x: gelu(x, approximate="tanh")))
mutant("derivative of SiLU for GELU's", activates("gelu_tanh"))(activate(silu))
mutant("derivative of the exact GELU", activates("gelu_tanh"))(activate(gelu))
mutant("derivative of SiLU without its second term", activates("silu"))(activate(lambda x: x * sigmoid(x).detach()))
