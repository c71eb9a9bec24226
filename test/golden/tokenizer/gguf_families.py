"""Small vocabularies as a GGUF file's metadata has them, and the tokenizers that Python makes of the same."""

import io
import json

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers.integrations.gguf.gguf_tokenizer_mapping import convert_gguf_tokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX
from transformers.tokenization_utils_base import generate_merges

import chats
from families import Family, byte_level, llama3, special
from texts import TEXTS, corpus

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)

DIGITS = ["2024 or 3.14159, १२३ ½Ⅻ", "x12  345"]
SPACES = ["ko  ko   ko    ko", "a" + " " * 9 + "b" + " " * 11, " \t\tko\n\n\n\n\nbashi\n", "<b>ko</b> <b > </s> <s>"]


def vocabulary(tokenizer):
    """Tokens by id, and their types."""
    added = tokenizer.get_added_tokens_decoder()
    tokens = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    types = [(CONTROL if added[id].special else USER_DEFINED) if id in added else NORMAL for id in range(len(tokens))]
    return {"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.token_type": types}


def of_bytes(pre, tokenizer, merges, **keys):
    return {
        "tokenizer.ggml.model": "gpt2",
        **({"tokenizer.ggml.pre": pre} if pre else {}),
        **vocabulary(tokenizer),
        "tokenizer.ggml.merges": [" ".join(pair) for pair in merges],
        **{f"tokenizer.ggml.{key}": value for key, value in keys.items()},
    }


def byte_tokenizer(control, pre_tokenizer, normalizer=None):
    learned = byte_level(merges=150)
    vocab = {token: id for id, token in enumerate(control + list(learned["vocab"]))}
    tokenizer = Tokenizer(models.BPE(vocab, [tuple(pair) for pair in learned["merges"]]))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special(*control))
    return tokenizer, learned["merges"]


def smollm():
    """Each digit stands alone; BOS is a turn's marker and is not added."""
    control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    pre = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(False)])
    tokenizer, merges = byte_tokenizer(control, pre)
    tokenizer.add_tokens([AddedToken("<tool>", normalized=False), AddedToken("ko bashi", normalized=False)])
    ids = {"bos_token_id": 1, "eos_token_id": 2, "unknown_token_id": 0, "padding_token_id": 2, "add_bos_token": False}
    metadata = of_bytes("smollm", tokenizer, merges, add_space_prefix=False, **ids)
    spelled = ["<|im_start|>user\nko<|im_end|>\n", "a <tool> ko bashi<tool>", *DIGITS, *SPACES]
    files = {"tokenizer_config.json": {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}}
    return Family("smollm", tokenizer, files, chats.CHATML, spelled), metadata | {"tokenizer.chat_template": chats.CHATML}


def qwen2():
    """A pattern of its own after composition; padded to a multiple of 64, and nothing is added."""
    control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    split = pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated")
    pre = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(False, True, False)])
    tokenizer, merges = byte_tokenizer(control, pre, normalizers.NFC())
    metadata = of_bytes("qwen2", tokenizer, merges, eos_token_id=2, padding_token_id=0)
    size = tokenizer.get_vocab_size()
    padding = range(size, -(-size // 64) * 64)
    metadata["tokenizer.ggml.tokens"] += [f"[PAD{id}]" for id in padding]
    metadata["tokenizer.ggml.token_type"] += [UNUSED for _ in padding]
    spelled = ["<|im_start|>user\nko<|im_end|>\n", f"[PAD{size}]", "cafe\u0301 e\u0301\u0323", *DIGITS, *SPACES]
    return Family("qwen2", tokenizer, {}, None, spelled), metadata


def gpt2():
    """Without a name of a pre-tokenizer; both ends are the same token, and both are added."""
    tokenizer, merges = byte_tokenizer(["<|endoftext|>"], pre_tokenizers.ByteLevel(False))
    edge = "<|endoftext|>"
    tokenizer.post_processor = processors.TemplateProcessing(f"{edge} $A {edge}", special_tokens=[(edge, 0)])
    keys = {"bos_token_id": 0, "eos_token_id": 0, "add_bos_token": True, "add_eos_token": True}
    return Family("gpt2", tokenizer, {}, None, [*DIGITS, *SPACES]), of_bytes(None, tokenizer, merges, **keys)


def llama_bpe():
    """Llama 3's: words that are tokens are these tokens; BOS is added although the file does not say so."""
    family = llama3()
    ids = {name: family.tokenizer.token_to_id(f"<|{name}|>") for name in ("begin_of_text", "eot_id")}
    merges = json.loads(family.tokenizer.to_str())["model"]["merges"]
    metadata = of_bytes(
        "llama-bpe", family.tokenizer, merges, bos_token_id=ids["begin_of_text"], eos_token_id=ids["eot_id"]
    )
    return family, metadata | {"tokenizer.chat_template": chats.LLAMA3}


def pieces(prefixed, size, **options):
    """What SentencePiece learns, as llama.cpp's converter writes it; and its own encoder."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()),
        model_writer=written,
        model_type="bpe",
        vocab_size=size,
        character_coverage=1.0,
        byte_fallback=True,
        split_digits=True,
        allow_whitespace_only_pieces=True,
        normalization_rule_name="identity",
        add_dummy_prefix=prefixed,
        remove_extra_whitespaces=False,
        num_threads=1,
        minloglevel=2,
        **options,
    )
    proto = sentencepiece_model_pb2.ModelProto.FromString(written.getvalue())
    texts = [piece.piece.replace("▁", " ") if piece.type == USER_DEFINED else piece.piece for piece in proto.pieces]
    metadata = {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": texts,
        "tokenizer.ggml.scores": [-1000.0 if p.type != NORMAL else p.score for p in proto.pieces],
        "tokenizer.ggml.token_type": [piece.type for piece in proto.pieces],
    }
    return metadata, sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())


def gemma3():
    """No prefix; runs of spaces, of tabs and of newlines are user-defined."""
    runs = ["\n" * n for n in range(1, 5)] + ["▁" * n for n in range(2, 8)] + ["<b>", "</b>", "</s>", "\t", "\t\t"]
    turns = ["<mask>", "<start_of_turn>", "<end_of_turn>"]
    symbols = {"control_symbols": turns, "user_defined_symbols": runs}
    names = {"pad_piece": "<pad>", "eos_piece": "<eos>", "bos_piece": "<bos>", "unk_piece": "<unk>"}
    metadata, processor = pieces(False, 560, pad_id=0, eos_id=1, bos_id=2, unk_id=3, **names, **symbols)
    ids = {"bos": 2, "eos": 1, "unknown": 3, "padding": 0, "mask": 4}
    metadata |= {f"tokenizer.ggml.{name}_token_id": id for name, id in ids.items()}
    metadata |= {"tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.add_space_prefix": False}
    # transformers' own reading of such a file.
    read = {key.removeprefix("tokenizer.ggml."): value for key, value in metadata.items()}
    tokenizer, _ = convert_gguf_tokenizer("gemma3", {"tokenizer_type": "llama", **read})
    # It takes the unknown token for no special one.
    tokenizer.add_special_tokens(special("<unk>"))
    tokenizer.post_processor = processors.TemplateProcessing("<bos> $A", special_tokens=[("<bos>", 2)])
    spelled = ["<bos>ko<eos>", "<start_of_turn>user\nko<end_of_turn>\n", "<0x41>▁▁ko <unk>", *DIGITS, *SPACES]
    family = Family("gemma3", tokenizer, {}, None, spelled)
    # Only over long runs of spaces does a tokenizer.json differ from SentencePiece.
    for text in TEXTS:
        assert family.as_text(text) == processor.encode(text), text
    return family, metadata


def llama2():
    """A mark before every text; what the file leaves out is SentencePiece's default."""
    metadata, processor = pieces(True, 540)
    tokens = metadata["tokenizer.ggml.tokens"]
    vocab = {token: id for id, token in enumerate(tokens)}
    merges = generate_merges(vocab, dict(zip(tokens, metadata["tokenizer.ggml.scores"])))
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens(special("<unk>", "<s>", "</s>"))
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    family = Family("llama2", tokenizer, {}, None, ["<s>ko</s> ko", "<0x41> <unk>", *DIGITS, *SPACES])
    for text in TEXTS + family.spelled:
        assert family.as_text(text) == processor.encode(text), text
    return family, metadata


def all_families():
    return [smollm(), qwen2(), gpt2(), llama_bpe(), gemma3(), llama2()]
