"""Normalizers, pre-tokenizers, models and decoders that the five tokenizers do not have, one by one, on a few inputs."""

import json

from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers

BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]

PRE_TOKENIZERS = [
    pre_tokenizers.ByteLevel(add_prefix_space=True),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    pre_tokenizers.CharDelimiterSplit("-"),
    pre_tokenizers.Digits(individual_digits=True),
    pre_tokenizers.Digits(individual_digits=False),
    pre_tokenizers.Metaspace(),
    pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
    pre_tokenizers.Metaspace(prepend_scheme="never", replacement="_"),
    pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="first")]),
    pre_tokenizers.Punctuation(),
    pre_tokenizers.Punctuation("removed"),
    pre_tokenizers.Whitespace(),
    pre_tokenizers.WhitespaceSplit(),
    *(pre_tokenizers.Split("-", behavior, invert) for behavior in BEHAVIORS for invert in (False, True)),
    pre_tokenizers.Split(Regex(r"(?i:ko)+|[^\s\p{L}]"), "isolated"),
]
NORMALIZERS = [
    normalizers.BertNormalizer(),
    normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False),
    normalizers.BertNormalizer(strip_accents=False),
    normalizers.Lowercase(),
    normalizers.NFD(),
    normalizers.NFKC(),
    normalizers.NFKD(),
    normalizers.Nmt(),
    normalizers.Prepend("▁"),
    normalizers.Replace("a.", "$&"),
    normalizers.Replace(Regex(r"\s+"), " "),
    normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Strip()]),
    normalizers.Strip(left=False),
    normalizers.Strip(right=False),
]
DECODERS = [
    decoders.BPEDecoder(),
    decoders.ByteFallback(),
    decoders.ByteLevel(),
    decoders.Metaspace(),
    decoders.Metaspace(prepend_scheme="never"),
    decoders.Replace(Regex("[a-c]"), "$1"),
    decoders.Sequence([decoders.Strip("c", 1, 2), decoders.Fuse()]),
    decoders.WordPiece(),
    decoders.WordPiece(cleanup=False),
]
TEXTS = [
    "",
    "-ko--KO- --",
    " a.b, c!! (d) _e \n",
    "ΟΔΟΣ İ ǅ 𠀀中 e\u0301 ﬁ\u0085",
    "१२३ ½Ⅻ x42 नमस्ते a\u200db\u200c",
    "\ufeff\u00a0\u2028 \u0000\u0007\u007f\u0378\ue000\ufffd\u200b\u3000",
]
TOKENS = [
    [],
    ["▁▁a", "▁b▁", "aab"],
    ["<0xE0>", "<0xA4>", "<0xA8>", "<0xE0>", "a", "<0xZZ>", "<0xEF>", "<0xBB>", "<0xBF>", "<0xe0>"],
    ["##a", "b", "##c", ".", "do", "not", "n't", "'", "s"],
    ["a</w>", "b", "c</w>"],
    ["\u0120ko", "\u00c3", "\u00a9", "<|\u0253|>", "\u00c3"],
    ["cacac", "accc", "ccab"],
]


def bpe(pieces, merges, **options):
    vocab = {piece: id for id, piece in enumerate(pieces)}
    return models.BPE(vocab, [tuple(merge.split()) for merge in merges], **options)


def unigram(pieces, byte_fallback=False):
    return models.Unigram([("?", 0.0), *pieces], 0, byte_fallback)


# Models on the verge: what else could come out differs from what must.
MODELS = [
    # b+c first; then a+b, which stood in the queue before, is no pair any more, and c+d has become bc+d.
    (bpe(["a", "b", "c", "d", "bc", "ab", "abc", "bcd"], ["b c", "a b", "bc d", "a bc"]), ["abcd", "abc", "ab", "abd"]),
    # Equal pairs are merged from the left.
    (bpe(["a", "aa", "aaa"], ["a a", "aa a"]), ["aaa", "aaaa", "aaaaa", "a" * 9]),
    *(
        (bpe(["?", "a", "b", "ab"], ["a b"], unk_token="?", fuse_unk=fuse), ["xaxyzbxx", "xy", "axb"])
        for fuse in (True, False)
    ),
    (bpe(["a", "b"], []), ["axb", "x"]),
    *(
        (bpe(["a", "b", "c", "ab", "abc"], ["a b"], ignore_merges=whole), ["abc", "ab", "abcabc"])
        for whole in (True, False)
    ),
    (bpe(["a", "b", "b.", "ab."], ["a b."], end_of_word_suffix="."), ["ab", "b", "ba", "aab"]),
    (unigram([("ab", -1.0), ("c", -2.0), ("abc", -3.5)]), ["a", "ab", "aab", "abc", "xyabzc", "ca"]),
    # Two ways of equal score: the one that was found first. An unknown character costs ten more than the worst piece.
    (
        unigram([("a", -1.0), ("b", -1.0), ("ab", -2.0), ("xb", -30.0), ("x-y", -65.0)]),
        ["ab", "aab", "xb", "x-y", "bx"],
    ),
    (unigram([("a", -1.0)] + [(f"<0x{byte:02X}>", -9.0) for byte in range(256)], True), ["aé", "ख", "aa"]),
    (
        models.WordPiece({"?": 0, "ab": 1, "a": 2, "##b": 3, "##bc": 4}, unk_token="?", max_input_chars_per_word=4),
        ["abc", "abb", "abbc", "abbbb", "b", "😀"],
    ),
    (models.WordLevel({"?": 0, "ab": 1}, unk_token="?"), ["ab", "a"]),
]


def parts():
    state = lambda part: json.loads(part.__getstate__())
    ids = lambda model, text: [token.id for token in model.tokenize(text)]
    cut = lambda part, text: [piece for piece, _ in part.pre_tokenize_str(text)]
    return {
        "texts": TEXTS,
        "tokens": TOKENS,
        "pre_tokenizers": [{"part": state(p), "out": [cut(p, text) for text in TEXTS]} for p in PRE_TOKENIZERS],
        "normalizers": [{"part": state(p), "out": [p.normalize_str(text) for text in TEXTS]} for p in NORMALIZERS],
        "models": [{"part": state(m), "texts": texts, "out": [ids(m, text) for text in texts]} for m, texts in MODELS],
        "decoders": [{"part": state(p), "out": [p.decode(tokens) for tokens in TOKENS]} for p in DECODERS],
    }
