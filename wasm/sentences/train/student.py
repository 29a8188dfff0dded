"""The encoder that learns: 1.65 million parameters beside the word embeddings, which stay as they are in words.bin."""
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tokens import POSITIONS

EMBEDDING, WIDTH, LAYERS, HEADS, INNER, OUTPUTS = 128, 256, 2, 4, 1024, 128
# Embeddings are as short as common words say little; so they begin at the size of what is added to them.
ENLARGED = 4


class Layer(nn.Module):
    """Attention and feed-forward, each before its sum (pre-norm), with RMS norms. They begin as adding nothing."""

    def __init__(self):
        super().__init__()
        self.gain1, self.gain2 = nn.Parameter(torch.ones(WIDTH)), nn.Parameter(torch.ones(WIDTH))
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.o = nn.Linear(WIDTH, WIDTH, bias=False)
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        for zeros in (self.o.weight, self.down.weight, self.down.bias):
            nn.init.zeros_(zeros)

    @staticmethod
    def norm(x, gain):
        x = x.float()
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * gain

    def forward(self, x, mask):
        texts, length, _ = x.shape
        heads = self.qkv(self.norm(x, self.gain1)).view(texts, length, 3, HEADS, WIDTH // HEADS)
        q, k, v = heads.permute(2, 0, 3, 1, 4)
        attention = (q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + mask).softmax(-1)
        x = x + self.o((attention @ v).transpose(1, 2).reshape(texts, length, WIDTH))
        return x + self.down(F.relu(self.up(self.norm(x, self.gain2))))


class Student(nn.Module):
    def __init__(self, weights, vectors):
        super().__init__()
        self.words = len(weights)
        # Not among what is saved; four rows of nothing for the special tokens and what fills up a batch.
        rows = torch.from_numpy(np.concatenate([vectors * weights[:, None], np.zeros((4, EMBEDDING), np.float32)]))
        self.register_buffer('embeddings', rows, persistent=False)
        self.specials = nn.Parameter(torch.zeros(3, EMBEDDING))
        self.inp = nn.Linear(EMBEDDING, WIDTH, bias=False)
        self.positions = nn.Parameter(torch.zeros(POSITIONS, WIDTH))
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.out = nn.Linear(WIDTH, OUTPUTS, bias=False)
        # It begins as the sum of its words' vectors.
        nn.init.orthogonal_(self.inp.weight)
        self.out.weight.data = self.inp.weight.data.T.clone()

    def forward(self, tokens):
        padding = tokens == self.words + 3
        special = F.pad(self.specials, (0, 0, 0, 1))[(tokens - self.words).clamp(min=0)]
        x = self.embeddings[tokens] + special * (tokens >= self.words)[..., None]
        x = self.inp(x) * ENLARGED + self.positions[:tokens.shape[1]]
        mask = torch.zeros(padding.shape).masked_fill(padding, -1e9)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask)
        return F.normalize(self.out((x.float() * ~padding[..., None]).sum(1)), dim=-1)


def batch_of(lists, padding):
    """Token lists as one tensor, filled up to the longest."""
    rows = np.full((len(lists), max(map(len, lists))), padding)
    for row, tokens in zip(rows, lists):
        row[:len(tokens)] = tokens
    return torch.from_numpy(rows)


@torch.no_grad()
def encode(student, lists, padding):
    vectors = np.zeros((len(lists), OUTPUTS), np.float32)
    order = np.argsort([len(tokens) for tokens in lists])
    for start in range(0, len(order), 512):
        at = order[start:start + 512]
        vectors[at] = student(batch_of([lists[i] for i in at], padding)).numpy()
    return vectors
