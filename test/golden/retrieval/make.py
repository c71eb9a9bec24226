"""Writes a small folder as BEIR has them, and what pytrec_eval says of three ways to rank its documents.

    pip install numpy==2.4.6 pytrec-eval-terrier==0.5.11 bm25s==0.3.16
    python test/golden/retrieval/make.py

corpus.jsonl queries.jsonl qrels/test.tsv
golden.json     versions; vectors {text: [8]}; grid {query: {document: score}}, a run with many ties, some only once
                they are rounded to f32; for each of grid, cosine and bm25 {query: {metric: value}} by trec_eval

What is odd in it: documents of one text, of no text and of a title alone; a query that is a document; queries in no
judgement; judgements of 0 and -1; judged documents that the corpus lacks; a query with nothing relevant, one whose
relevant documents are all lacking; words that are in no document, twice in a query, in several scripts and cases.
BM25 is bm25s's "lucene", and checked here against the formula. The seed is 20250117.
"""

import json
import math
from importlib.metadata import version
from pathlib import Path

import bm25s
import numpy as np
import pytrec_eval

here = Path(__file__).parent
rng = np.random.default_rng(20250117)
K1, B = 0.9, 0.4
AT = [1, 3, 10, 100]

words = [f"{a}{b}" for a in ("ka", "Lo", "mi", "हिन्", "ре") for b in ("ba", "ʼu", "दी", "n7", "Té")]
rarity = 1 / np.arange(1, len(words) + 1)
gaps = np.array([" ", ", ", ". ", "-", "\n", "… ", "_"])


def draw(count):
    return [words[i] for i in rng.choice(len(words), count, p=rarity / rarity.sum())]


def joined(drawn):
    """The words with something between, in changing case."""
    cased = [word.upper() if rng.random() < 0.2 else word for word in drawn]
    return "".join(word + str(rng.choice(gaps)) for word in cased).strip(" \n")


documents = []  # id, title or None, text, words
for number in range(130):
    title = draw(int(rng.integers(1, 4))) if number % 3 else None
    text = draw(int(rng.integers(3, 40)))
    documents.append((f"d{number}", title and joined(title), joined(text), (title or []) + text))
documents[5] = ("d5", None, "", [])
documents[8] = ("d8", "Loba", "", ["Loba"])
for copy, of in (("d99", 3), ("d100", 3), ("e1", 3), ("d101", 7)):
    documents[int(rng.integers(20, 90))] = (copy + "x", *documents[of][1:])

queries = []  # id, text, words
for number in range(24):
    drawn = draw(int(rng.integers(1, 7)))
    if number % 5 == 0:
        drawn += [drawn[0], "nowhere"]
    queries.append((f"q{number}", joined(drawn), drawn))
queries[4] = ("d3", joined(documents[3][3]), documents[3][3])

ids = [document[0] for document in documents]
qrels = {}
for number, (query, _, _) in enumerate(queries[:20]):
    judged = rng.choice(ids, int(rng.integers(2, 60)), replace=False)
    qrels[query] = {str(one): int(rng.choice([-1, 0, 1, 1, 2, 3])) for one in judged}
    if number % 4 == 1:
        qrels[query]["lacking"] = 2
qrels["q2"] = dict.fromkeys(qrels["q2"], 0)
qrels["q3"] = {"lacking": 1, "absent": 2, "d1": 0}
qrels["d3"].update({"d3": 3, "d99x": 2, "d4": 1})

full = {one: f"{title or ''} {text}".strip() for one, title, text, _ in documents}
texts = sorted({*full.values(), *(text for _, text, _ in queries)})
vectors = dict(zip(texts, rng.normal(size=(len(texts), 8)).astype(np.float32)))
vectors[""] = np.zeros(8, np.float32)


def cosine(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / lengths) if lengths else 0.0


bm25 = bm25s.BM25(k1=K1, b=B, method="lucene", dtype="float64")
bm25.index([[word.lower() for word in drawn] for *_, drawn in documents], show_progress=False)


def direct(asked, at):
    """The formula, word by word."""
    lower = [[word.lower() for word in drawn] for *_, drawn in documents]
    mean = sum(map(len, lower)) / len(lower)
    score = 0.0
    for word in (one.lower() for one in asked):
        df, tf = sum(word in drawn for drawn in lower), lower[at].count(word)
        if df:
            score += math.log(1 + (len(lower) - df + 0.5) / (df + 0.5)) * tf / (tf + K1 * (1 - B + B * len(lower[at]) / mean))
    return score


def lexical(asked):
    known = [word.lower() for word in asked if word.lower() in bm25.vocab_dict]
    scores = bm25.get_scores(known) if known else np.zeros(len(ids))
    assert np.allclose(scores, [direct(asked, at) for at in range(len(ids))], rtol=1e-12, atol=0)
    return {one: float(score) for one, score in zip(ids, scores) if score > 0}


grid = {
    query: {str(one): float(rng.integers(0, 6) / 4 + rng.integers(0, 2) * 1e-12) for one in rng.choice(ids, 120, replace=False)}
    for query, _, _ in queries[:20]
}
runs = {
    "grid": grid,
    "cosine": {query: {one: cosine(vectors[text], vectors[full[one]]) for one in ids} for query, text, _ in queries},
    "bm25": {query: lexical(drawn) for query, _, drawn in queries},
}


def measured(run):
    # As BEIR: the document that is the query is not found.
    found = {query: {one: score for one, score in scores.items() if one != query} for query, scores in run.items()}
    at = ",".join(map(str, AT))
    values = pytrec_eval.RelevanceEvaluator(qrels, {f"ndcg_cut.{at}", f"recall.{at}", "recip_rank"}).evaluate(found)
    return {
        query: {f"ndcg@{k}": of[f"ndcg_cut_{k}"] for k in AT}
        | {f"recall@{k}": of[f"recall_{k}"] for k in AT}
        # The reciprocal rank of the first k documents.
        | {f"mrr@{k}": of["recip_rank"] if of["recip_rank"] * k > 1 - 1e-9 else 0.0 for k in AT}
        for query, of in values.items()
    }


def lines(name, rows):
    (here / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf8")


lines("corpus.jsonl", ({"_id": a, **({"title": t} if t is not None else {}), "text": x} for a, t, x, _ in documents))
lines("queries.jsonl", ({"_id": query, "text": text} for query, text, _ in queries))
(here / "qrels").mkdir(exist_ok=True)
rows = [f"{query}\t{one}\t{score}\n" for query, judged in qrels.items() for one, score in judged.items()]
(here / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(rows), "utf8")
golden = {
    "versions": {name: version(name) for name in ("numpy", "pytrec-eval-terrier", "bm25s")},
    "vectors": {text: vector.tolist() for text, vector in vectors.items()},
    "grid": grid,
    "measured": {name: measured(run) for name, run in runs.items()},
}
(here / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n", "utf8")
