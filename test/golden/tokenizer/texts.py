"""Words of no language, in the scripts of many, on which the tokenizers are trained; and texts that they are asked."""

import random

# Syllables of each script. Hausa's hooked letters, tone marks, conjuncts, joiners and unspaced scripts are among them.
SYLLABLES = {
    "latin": "ba be bi ko ku la le mo na ne ra ri sa si ta tu wa ya shi tsa the ing er".split(),
    "hooked": "ɓa ɗi ƙa ƙu ɗa ƴa 'ya ɓe ƙo kwa".split(),
    "marked": "ọ̀ rú ẹ́ kọ́ bí àn gé ńlá é ü ç ã".split(),
    "devanagari": "न म स्ते दु नि या क्षे त्र की में है".split(),
    "arabic": "مر حبا با لع الم سلا كم في من ال".split(),
    "ethiopic": "ሰላ ም ለአ ለም ነው የኢ ት".split(),
    "cyrillic": "при вет ми ром на ша ет".split(),
    "chinese": "你 好 世 界 人 我 们 的 是".split(),
}


def words(script, count, rng):
    join = lambda: "".join(rng.choice(SYLLABLES[script]) for _ in range(rng.randint(1, 3)))
    return [join() for _ in range(count)]


def corpus():
    """300 lines of words that come back, so that there is something to merge."""
    rng = random.Random(20240917)
    known = {script: words(script, 25, rng) for script in SYLLABLES}
    lines = []
    for _ in range(300):
        script = rng.choice(list(SYLLABLES))
        line = " ".join(rng.choice(known[script]) for _ in range(rng.randint(3, 8)))
        lines.append(rng.choice([line, line.capitalize(), line + ".", f"{line}, {rng.randint(0, 2024)}!\n"]))
    return lines


TEXTS = [
    "",
    " ",
    "   ",
    "\n\n",
    "Lako bashi, tuwa ne: nara 2024!",
    "  two  spaces and\ttabs\r\nand lines\n\n\n  ",
    "ƙwaƙwalwa ɗan'uwa ɓarawo ƴa'ya Ƙasa",
    "ọ̀rẹ́ àti ńlá; Café naïve e\u0301 \u212b ﬁ",
    "नमस्ते दुनिया क्षेत्र १२३ क्‍ष न्‌ह",
    "مرحبا بالعالم، كيف الحال؟ ١٢٣",
    "ሰላም ለዓለም።",
    "Привет ΟΔΟΣ İstanbul straße",
    "你好，世界！𠀀人们",
    "👩‍👩‍👧 👍🏽 🇳🇬 a\u0300\u0301\u0323",
    "nul\u0000 bell\u0007 \u001c esc\u001b \u0085 \u00a0 \u200b \ufeffbom \u2028",
    "\ufeffbom first",
    "it's we'll THEY'RE don't",
    "a_b-c(d)[e]{f} «g» $5 x=y+1 ½Ⅻ",
    "\u0378 \ue000 \ufffd \U0010ffff",
]
