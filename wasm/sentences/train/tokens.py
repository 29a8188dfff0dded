"""
Takes a text apart as the kernel does (core/embeddings/tokens.ts, and core/memory/search/word-vectors.ts, which finds a word):
places in words.bin, and three special ones after them.
"""
import re
import struct
import unicodedata

import numpy as np

POSITIONS = 48
# What a word ends in and what its stem may end in instead, tried in this order: ENDINGS of the kernel.
ENDINGS = [
    ('ies', 'y'), ('ves', 'f'), ('sses', 'ss'), ('ches', 'ch'), ('shes', 'sh'), ('xes', 'x'), ('zes', 'z'),
    ('men', 'man'), ('s', ''), ('ied', 'y'), ('ed', 'e'), ('ed', ''), ('ing', 'e'), ('ing', ''),
    ('er', ''), ('er', 'e'), ('est', ''), ('est', 'e'),
]
TOKEN = re.compile(r'[^\W_]+|\?')


def read_words(path):
    """Words, how much each says, and their vectors of length one, of words.bin (wasm/words/README.md, Layout)."""
    data = path.read_bytes()
    count, width, length = struct.unpack('<III', data[4:16])
    words = data[16:16 + length].decode().split('\n')[:-1]
    weights = np.frombuffer(data, '<u2', count, 16 + length) / 65535
    codes = np.frombuffer(data, 'i1', count * width, 16 + length + 2 * count)
    vectors = codes.reshape(count, width).astype(np.float32)
    return words, weights.astype(np.float32), vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)


class Tokens:
    def __init__(self, words):
        self.places = {word: place for place, word in enumerate(words)}
        self.unknown, self.number, self.question, self.padding = range(len(words), len(words) + 4)
        self.found = {'?': self.question}

    def __call__(self, text):
        plain = ''.join(c for c in unicodedata.normalize('NFKD', text) if not unicodedata.category(c).startswith('M'))
        return [self.place_of(word) for word in TOKEN.findall(plain.lower())][:POSITIONS]

    def place_of(self, word):
        if word not in self.found:
            self.found[word] = self.search(word)
        return self.found[word]

    def search(self, word):
        if word in self.places:
            return self.places[word]
        if any(c.isdigit() for c in word):
            return self.number
        for ending, instead in ENDINGS:
            stem = word[:-len(ending)]
            if not word.endswith(ending) or len(stem) < 2:
                continue
            if stem + instead in self.places:
                return self.places[stem + instead]
            if instead == '' and stem[-1] == stem[-2] and stem[:-1] in self.places:
                return self.places[stem[:-1]]
        return self.unknown
