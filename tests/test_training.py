"""Training sees what serving sees."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from index.passages import to_article
from index.plain import read_plain
from index.vectors import embed
from summitqa.article import Article
from summitqa.encoder import WindowedEncoder
from training.scope import Scope

LONG = "The boat rows to the far bank. " * 60
HANDBOOK = f"# The handbook\n\nWelcome.\n\n## Doors\n\nThey open at nine.\n\n## Boats\n\n{LONG}\n"


@pytest.fixture
def article() -> Article:
    return to_article(read_plain(HANDBOOK.encode(), markdown=True), "handbook")


def test_the_encoder_is_given_the_same_tokens(models: Path, article: Article):
    tokenizer = Tokenizer.from_file(str(next(models.glob("models/*/tokenizer.json"))))
    given: list[tuple[int, ...]] = []

    def hidden(ids):
        given.append(tuple(ids[0].tolist()))
        return np.ones((ids.shape[1], 1), np.float32)

    encoder = WindowedEncoder(tokenizer, 256, "", hidden)
    firsts = []
    for passage in article.passages:
        firsts.append(len(given))
        embed(encoder, article, passage)
    units = Scope.of([article], tokenizer).units
    assert len(given) > len(units) == 3
    assert [given[first] for first in firsts] == [unit.given for unit in units]
