"""Five small tokenizers, each built like those of a family of models."""

import io
import json
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from unicodedata import normalize

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import chats
from texts import corpus


@dataclass
class Family:
    name: str
    tokenizer: Tokenizer
    files: dict
    template: str | None = None
    # Texts that spell control tokens.
    spelled: list = field(default_factory=list)

    def __post_init__(self):
        self.control = [token.content for token in self.tokenizer.get_added_tokens_decoder().values() if token.special]
        # The same tokenizer, to which control tokens are nothing: not added, and under names that no text has.
        parts = json.loads(self.tokenizer.to_str())
        parts["added_tokens"] = [token for token in parts["added_tokens"] if not token["special"]]
        parts["post_processor"] = None
        hidden = {text: f"\ue123{text}" for text in self.control}
        vocab = parts["model"]["vocab"]
        if isinstance(vocab, dict):
            parts["model"]["vocab"] = {hidden.get(text, text): id for text, id in vocab.items()}
        else:
            parts["model"]["vocab"] = [[hidden.get(text, text), score] for text, score in vocab]
        unknown = parts["model"].get("unk_token")
        parts["model"]["unk_token"] = hidden.get(unknown, unknown)
        self.without_control = Tokenizer.from_str(json.dumps(parts))

    def as_text(self, text):
        """Ids of a text whose control tokens are text."""
        ids = self.without_control.encode(text, add_special_tokens=False).ids
        # Where the model cannot make a control token of text by itself, the library's own switch does the same.
        if not isinstance(self.tokenizer.model, models.Unigram):
            self.tokenizer.encode_special_tokens = True
            assert self.tokenizer.encode(text, add_special_tokens=False).ids == ids, text
            self.tokenizer.encode_special_tokens = False
        return ids


def trained(model, trainer, pre_tokenizer, normalizer=None):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.train_from_iterator(corpus(), trainer)
    return json.loads(tokenizer.to_str())["model"]


def special(*texts):
    return [AddedToken(text, special=True, normalized=False) for text in texts]


def gemma():
    """BPE over characters with bytes for what it lacks; spaces are marks, and a whole text is one word."""
    control = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"]
    trainer = trainers.BpeTrainer(vocab_size=260, limit_alphabet=110, show_progress=False)
    learned = trained(models.BPE(), trainer, pre_tokenizers.Metaspace())
    tokens = control + ["\n\n", "\n\n\n"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokens += [token for token in learned["vocab"] if token not in tokens]
    vocab = {token: id for id, token in enumerate(tokens)}
    merges = [tuple(pair) for pair in learned["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing("<bos> $A", special_tokens=[("<bos>", 2)])
    tokenizer.add_special_tokens(special(*control))
    tokenizer.add_tokens([AddedToken("\n\n", normalized=False), AddedToken("\n\n\n", normalized=False)])
    config = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>", "add_bos_token": True}
    files = {"tokenizer_config.json": config, "generation_config.json": {"eos_token_id": [1, 6]}}
    spelled = ["say <end_of_turn> twice<end_of_turn>", "<bos>ko", "<0x41> <eos", "<start_of_turn>user\nko<end_of_turn>\n"]
    return Family("gemma", tokenizer, files, chats.GEMMA, spelled)


def byte_level(merges):
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    return trained(models.BPE(), trainer, pre_tokenizers.ByteLevel(add_prefix_space=False))


LLAMA3_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def llama3():
    """Byte-level BPE after a pattern of its own; control tokens beyond the model's vocabulary."""
    learned = byte_level(merges=200)
    tokenizer = Tokenizer(models.BPE(learned["vocab"], [tuple(p) for p in learned["merges"]], ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(LLAMA3_PATTERN), "isolated"), pre_tokenizers.ByteLevel(False, True, False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    names = ["begin_of_text", "end_of_text", "start_header_id", "end_header_id", "eot_id", "eom_id"]
    tokenizer.add_special_tokens(special(*(f"<|{name}|>" for name in names)))
    bos = tokenizer.token_to_id("<|begin_of_text|>")
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing("<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", bos)]),
        ]
    )
    ends = [tokenizer.token_to_id(token) for token in ("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>")]
    files = {
        "tokenizer_config.json": {"bos_token": "<|begin_of_text|>", "eos_token": {"content": "<|eot_id|>"}},
        "generation_config.json": {"bos_token_id": bos, "eos_token_id": ends},
    }
    spelled = ["a<|eot_id|>b", "<|begin_of_text|> <|start_header_id|>system<|end_header_id|>\n\nko<|eot_id|>"]
    return Family("llama3", tokenizer, files, chats.LLAMA3, spelled)


def chatml():
    """Byte-level BPE where each digit stands alone; BOS is a turn's marker. Some added tokens are words."""
    learned = byte_level(merges=150)
    control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocab = {token: id for id, token in enumerate(control + list(learned["vocab"]))}
    tokenizer = Tokenizer(models.BPE(vocab, [tuple(p) for p in learned["merges"]]))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.add_special_tokens(special(*control))
    tokenizer.add_tokens(
        [
            AddedToken("ko", single_word=True, normalized=False),
            AddedToken("cafe\u0301", normalized=True),
            AddedToken("<tool>", lstrip=True, rstrip=True, normalized=False),
        ]
    )
    files = {
        "tokenizer_config.json": {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "pad_token": "<|im_end|>"},
        "config.json": {"bos_token_id": 1, "eos_token_id": 2},
    }
    spelled = [
        "<|im_start|>system\nko<|im_end|>\n",
        "ko koko ko, kò ko\u0300 ɓko ko_ (ko)",
        "cafe\u0301 café cafés",
        "a  <tool> \n b <tool><tool>  ",
    ]
    return Family("chatml", tokenizer, files, chats.CHATML, spelled)


def word_pieces(normalizer, pre_tokenizer, count):
    """The most frequent beginnings and continuations of words. (The library's trainer gives others on every run.)"""
    counts = Counter()
    for line in corpus():
        for word, _ in pre_tokenizer.pre_tokenize_str(normalizer.normalize_str(line)):
            for start in range(len(word)):
                prefix = "##" if start else ""
                counts.update(prefix + word[start:end] for end in range(start + 1, len(word) + 1))
    alone = [piece for piece in counts if len(piece.removeprefix("##")) == 1]
    longer = sorted(counts.keys() - set(alone), key=lambda piece: (-counts[piece] * len(piece), piece))
    return sorted(alone) + longer[: count - len(alone)]


def bert():
    """WordPiece over lower-cased words without accents."""
    control = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    normalizer = normalizers.BertNormalizer()
    pieces = control + word_pieces(normalizer, pre_tokenizers.BertPreTokenizer(), 340)
    vocab = {piece: id for id, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=20))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.add_special_tokens(special(*control))
    names = ("pad", "unk", "cls", "sep", "mask")
    files = {"special_tokens_map.json": {f"{name}_token": f"[{name.upper()}]" for name in names}}
    spelled = ["[CLS] ko [SEP] [MASK]x[mask]", "bakokobakokobakokobakoko ko"]
    return Family("bert", tokenizer, files, None, spelled)


def charsmap_rules():
    """A few of NFKC's rules, and spaces and nothing for what is neither letter nor mark."""
    rules = {text: normalize("NFKC", text) for text in "ﬁ！，Ⅻ½Å\u00a0\u2028"}
    rules |= {letter + mark: normalize("NFC", letter + mark) for letter in "aeéoọ" for mark in "\u0300\u0301\u0323"}
    rules |= dict.fromkeys("\t\n\r\u200b\ufeff\u0085", " ")
    rules |= dict.fromkeys("\u0007\u001b\u001c", "")
    codes = lambda text: " ".join(f"{ord(character):X}" for character in text)
    return "".join(f"{codes(text)}\t{codes(normal)}\n" for text, normal in rules.items() if text != normal)


def xlmr():
    """Unigram, normalised by compiled rules; words begin with a mark. Every control token is a piece of the model too."""
    written = io.BytesIO()
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        rules.write(charsmap_rules())
        rules.flush()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus()),
            model_writer=written,
            model_type="unigram",
            vocab_size=330,
            character_coverage=0.995,
            normalization_rule_tsv=rules.name,
            num_threads=1,
            minloglevel=2,
        )
    proto = sentencepiece_model_pb2.ModelProto.FromString(written.getvalue())
    control = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [(text, 0.0) for text in control]
    pieces += [(piece.piece, round(piece.score, 6)) for piece in proto.pieces if piece.type == piece.NORMAL]
    pieces.append(("<mask>", 0.0))
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.add_special_tokens(special(*control) + [AddedToken("<mask>", special=True, normalized=False, lstrip=True)])
    config = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "cls_token": "<s>"}
    files = {
        "tokenizer_config.json": config,
        "special_tokens_map.json": {"mask_token": {"content": "<mask>", "lstrip": True}},
    }
    spelled = ["<s> ko </s>", "ko  <mask>. <unk><pad>", "cafe\u0301\u0323 e\u0300\u0301 ọ\u0301"]
    return Family("xlmr", tokenizer, files, None, spelled)


def all_families():
    return [gemma(), llama3(), chatml(), bert(), xlmr()]
