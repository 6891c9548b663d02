"""Questions that ask the same, counted as one: by their words first, then by what they mean.

The model takes milliseconds for each question, so that of thousands it reads only those that
stand for the largest groups.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from summitqa.encoder import Floats
from summitqa.lexical import content_words, words

Groups = list[tuple[str, int]]

# Two questions whose unit vectors are at least this close are counted as one: vectors of the
# model, and vectors of weighed words. Half the words shared is 0.5.
_ALIKE = 0.75
_LIKE_WORDS = 0.6
# How many questions the model reads.
_READ = 48
# Each word has a random direction of so many dimensions: two meet by chance at about 1/16.
_DIMENSIONS = 256
_BLOCK = 512


def grouped(questions: Sequence[str], vectors_of: Callable[[Sequence[str]], Floats]) -> Groups:
    """Give (question, how often it was asked), the most frequent first.

    Of a group's questions the one that was given first stands for it. ``vectors_of`` gives the
    model's unit vector for each of n questions, (n, d).
    """
    found = list(Counter(questions).items())
    found = _joined(found, _word_vectors([question for question, _ in found]), _LIKE_WORDS)
    read, rest = found[:_READ], found[_READ:]
    read = _joined(read, vectors_of([question for question, _ in read]), _ALIKE)
    return sorted([*read, *rest], key=lambda group: -group[1])


def _joined(groups: Groups, vectors: Floats, alike: float) -> Groups:
    """Join each group to the nearest that stands before it, where one is near enough."""
    counts = [count for _, count in groups]
    standing = np.zeros(len(groups), bool)
    for start in range(0, len(groups), _BLOCK):
        near = vectors[start : start + _BLOCK] @ vectors.T
        for row, number in enumerate(range(start, min(start + _BLOCK, len(groups)))):
            before = np.where(standing[:number], near[row, :number], -1.0)
            if number and before.max() >= alike:
                counts[int(before.argmax())] += counts[number]
            else:
                standing[number] = True
    joined = [(groups[number][0], counts[number]) for number in np.flatnonzero(standing)]
    return sorted(joined, key=lambda group: -group[1])


def _word_vectors(questions: Sequence[str]) -> Floats:
    """Give a unit vector for each question: its content words' directions, the rare ones longer."""
    stems = [{word.stem for word in content_words(words(question))} for question in questions]
    asked = Counter(stem for one in stems for stem in one)
    place = {stem: number for number, stem in enumerate(sorted(asked))}
    rarity = [math.log1p(len(questions) / asked[stem]) for stem in place]
    signs = np.random.default_rng(0).integers(0, 2, (len(place), _DIMENSIONS), np.int8) * 2 - 1
    directions = signs * np.asarray(rarity, np.float32).reshape(-1, 1)
    vectors = [directions[[place[stem] for stem in sorted(one)]].sum(axis=0) for one in stems]
    found = np.asarray(vectors, np.float32).reshape(-1, _DIMENSIONS)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.where(lengths > 0, lengths, 1), np.float32)
