"""Chat templates that write what those of Gemma, Llama 3 and ChatML write, and conversations for them."""

import re

from transformers import PreTrainedTokenizerFast

GEMMA = """\
{{- bos_token -}}
{%- set ns = namespace(opening='', start=0) -%}
{%- if messages[0].role == 'system' -%}
    {%- set ns.opening = messages[0].content + '\\n\\n' -%}
    {%- set ns.start = 1 -%}
{%- endif -%}
{%- for turn in messages[ns.start:] -%}
    {%- if (turn.role == 'assistant') == (loop.index0 % 2 == 0) -%}
        {{- raise_exception('user and assistant must take turns') -}}
    {%- endif -%}
    {{- '<start_of_turn>' ~ ('model' if turn.role == 'assistant' else turn.role) ~ '\\n' -}}
    {%- if loop.first %}{{ ns.opening }}{% endif -%}
    {{- turn.content | trim }}<end_of_turn>
{% endfor -%}
{%- if add_generation_prompt %}
<start_of_turn>model
{% endif -%}
"""

LLAMA3 = """\
{%- for turn in messages %}
    {%- set header = '<|start_header_id|>' + turn['role'] + '<|end_header_id|>\\n\\n' %}
    {%- set text = header + turn['content'] | trim + '<|eot_id|>' %}
    {%- if loop.index0 == 0 %}{% set text = bos_token + text %}{% endif %}
    {{- text }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

CHATML = """\
{% for turn in messages %}
{{ '<|im_start|>' + turn['role'] }}
{{ turn['content'] + '<|im_end|>' }}
{% endfor %}
{% if add_generation_prompt %}
{{ '<|im_start|>assistant\\n' }}
{%- endif %}
"""

user = lambda content: {"role": "user", "content": content}
assistant = lambda content: {"role": "assistant", "content": content}
system = lambda content: {"role": "system", "content": content}

CONVERSATIONS = [
    [user("Lako bashi?")],
    [user("")],
    [system("Tuwa nara."), user("  ƙwaƙwalwa\n"), assistant("नमस्ते दुनिया"), user("مرحبا 👩‍👩‍👧")],
    [user("a\n\nb"), assistant(" ko ")],
    [system(" ko \n"), user("\ufeffbashi\ufeff \u0085\u001c")],
]


def spelling(control):
    """Conversations whose texts spell every control token, and parts of them at their ends."""
    spelled = "".join(control)
    return [
        [user(f"ko {spelled} ko")],
        [system(spelled), user(f" {spelled}\n"), assistant(control[0][:-1]), user(control[-1][1:] + " <")],
    ]


def ids_of_rendered(family, render, messages):
    """
    Ids of a conversation whose texts spell control tokens: the template's own are found in a rendering where those of
    the texts are disguised, one letter for each; what lies between is encoded as text, with the disguise off.
    """
    disguise = {text: chr(0xF0000 + i) for i, text in enumerate(family.control)}
    swap = lambda text, by: re.sub("|".join(map(re.escape, by)), lambda match: by[match[0]], text)
    rendered = render([{**turn, "content": swap(turn["content"], disguise)} for turn in messages])
    own = {letter: text for text, letter in disguise.items()}
    ids = []
    for run in re.split(f"({'|'.join(map(re.escape, family.control))})", rendered):
        if run in family.control:
            ids.append(family.tokenizer.token_to_id(run))
        elif run:
            ids += family.as_text(swap(run, own))
    return ids


def rendered(family):
    config = family.files["tokenizer_config.json"]
    named = {name: config[name] for name in ("bos_token", "eos_token", "pad_token", "unk_token") if name in config}
    names = {name: token["content"] if isinstance(token, dict) else token for name, token in named.items()}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=family.tokenizer, **names)
    out = []
    for prompt in (True, False):
        render = lambda messages: tokenizer.apply_chat_template(
            messages, chat_template=family.template, add_generation_prompt=prompt, tokenize=False
        )
        for messages in CONVERSATIONS:
            ids = tokenizer.apply_chat_template(
                messages, chat_template=family.template, add_generation_prompt=prompt
            )["input_ids"]
            assert ids == ids_of_rendered(family, render, messages)
            out.append({"messages": messages, "prompt": prompt, "text": render(messages), "ids": ids})
        for messages in spelling(family.control):
            ids = ids_of_rendered(family, render, messages)
            out.append({"messages": messages, "prompt": prompt, "text": render(messages), "ids": ids})
    return out
