"""Texts as tokens, and where the teacher's vectors of them point in the 128 directions in which texts spread most."""
import json
from pathlib import Path

import numpy as np

from student import OUTPUTS
from tokens import Tokens, read_words

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / 'node_modules' / '.cache' / 'sentences'
TEACHER = 384
# The axes are of every fifth definition, as those of the word vectors are; so many tell which way round an axis is.
EVERY, ALIGNED = 5, 6000
LEFT_OUT = 40


def axes_of(taught, sums):
    """Mean and axes of the teacher's vectors, by principal components; each axis the way round as words.bin has it."""
    mean = taught.mean(0)
    _, axes = np.linalg.eigh(np.cov((taught - mean).T))
    axes = np.ascontiguousarray(axes[:, ::-1][:, :OUTPUTS])
    along = (taught[:len(sums)] - mean) @ axes
    alike = ((sums - sums.mean(0)) * along).mean(0)
    return mean, (axes * np.sign(alike)).astype(np.float32)


class Lessons:
    def __init__(self, folder):
        words, self.weights, self.vectors = read_words(ROOT / 'wasm' / 'words' / 'words.bin')
        tokens = Tokens(words)
        self.padding = tokens.padding
        texts, taught = {}, {}
        for name in ('wordnet', 'chat'):
            texts[name] = [tokens(text) for text in json.loads((folder / f'{name}.json').read_text())]
            taught[name] = np.fromfile(folder / f'{name}.f32', np.float32).reshape(-1, TEACHER)
        sums = np.stack([self.sum_of(text) for text in texts['wordnet'][::EVERY][:ALIGNED]])
        mean, axes = axes_of(taught['wordnet'][::EVERY], sums)
        self.tokens = texts['wordnet'] + texts['chat']
        targets = np.concatenate([(taught[name] - mean) @ axes for name in texts])
        self.targets = targets / (np.linalg.norm(targets, axis=1, keepdims=True) + 1e-9)
        usable = [at for at, text in enumerate(self.tokens) if text]
        self.judged = np.array([at for at in usable if at % LEFT_OUT == 7])
        self.learnt = np.array([at for at in usable if at % LEFT_OUT != 7])

    def sum_of(self, text):
        known = [place for place in text if place < len(self.weights)]
        return (self.vectors[known] * self.weights[known, None]).sum(0)

    def cosine(self, vectors):
        """Mean cosine with the teacher on the texts that are left out."""
        return (vectors * self.targets[self.judged]).sum(1).mean()
