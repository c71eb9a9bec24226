"""Writes small tokenizers and what Python makes of texts and conversations with them.

    pip install tokenizers==0.23.3 transformers==5.23.0 sentencepiece==0.2.3
    python test/golden/tokenizer/make.py

<family>.json   files       tokenizer.json, tokenizer_config.json, generation_config.json of a model's folder
                template    a chat template in Jinja, where the family has a chat format
                texts       per text: ids with special tokens neither added nor parsed, added, parsed, both;
                            decoded with and without special tokens
                decodes     per list of ids: the text, special tokens left out
                chats       per conversation: the text and ids of the template
gguf-<family>.json the same, with the metadata of a GGUF file in the place of files
parts.json      normalizers, pre-tokenizers, models and decoders alone: what comes out of each

Every file names the versions that made it. The tokenizers are trained here, on words that texts.py makes up:
nothing is taken from a real vocabulary.
"""

import json
from importlib.metadata import version
from pathlib import Path

import chats
import families
import gguf_families
import parts
from texts import TEXTS

folder = Path(__file__).parent
made_with = ", ".join(f"{name} {version(name)}" for name in ("tokenizers", "transformers", "sentencepiece"))


def encoded(family, text):
    """Ids of a text, four ways; and that text back."""
    tokenizer = family.tokenizer
    plain = family.as_text(text)
    # Framing is the same whatever is inside: taken from a text that spells nothing.
    inner = tokenizer.encode("a", add_special_tokens=False).ids
    outer = tokenizer.encode("a").ids
    at = next(i for i in range(len(outer)) if outer[i : i + len(inner)] == inner)
    parsed = tokenizer.encode(text, add_special_tokens=False).ids
    return {
        "text": text,
        "plain": plain,
        "added": outer[:at] + plain + outer[at + len(inner) :],
        "parsed": parsed,
        "both": tokenizer.encode(text).ids,
        "skipped": tokenizer.decode(parsed, skip_special_tokens=True),
        "decoded": tokenizer.decode(parsed, skip_special_tokens=False),
    }


def decodes(family):
    """Ids that no text gives: single ones, halves of characters, ids beyond the vocabulary, special ones between."""
    size = family.tokenizer.get_vocab_size()
    some = family.tokenizer.encode("नमस्ते 👍🏽 bashi  ko").ids
    lists = [[], [size - 1], [size, 3, size + 1000], some[:2], some[1:4], some[2:], some[::-1], some[:3] + [1, 2] + some[3:]]
    return [{"ids": ids, "text": family.tokenizer.decode(ids)} for ids in lists]


def write(name, golden):
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"made_with": made_with, **golden}, ensure_ascii=True, separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size, "bytes")


def expected(family):
    """What a family's tokenizer makes of texts, ids and conversations."""
    golden = {"texts": [encoded(family, text) for text in TEXTS + family.spelled], "decodes": decodes(family)}
    if family.template:
        golden |= {"template": family.template, "chats": chats.rendered(family)}
    return golden


for family in families.all_families():
    files = {"tokenizer.json": json.loads(family.tokenizer.to_str()), **family.files}
    write(family.name, {"files": files, **expected(family)})
for family, metadata in gguf_families.all_families():
    write(f"gguf-{family.name}", {"metadata": metadata, **expected(family)})
write("parts", parts.parts())
