"""
Trains the encoder on what teach.mjs left in a folder: `python3 train.py [minutes] [folder]`, 19 minutes unless told otherwise.
Leaves student.pt there, for export.py. One thread, matrix products in bf16.

The record of how sentences.bin was made, not a way to the same bytes: it learns as long as the clock says, so a faster machine
goes on further.
"""
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from lessons import CACHE, Lessons
from student import Student, batch_of, encode

MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 19
FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else CACHE
RATE, WARM_UP, BATCH = 4e-3, 200, 256
# Texts of about one length are learnt together; they are looked for among so many batches.
SORTED = 20


def batches_of(texts, lengths):
    shuffled, batches = np.random.permutation(texts), []
    for start in range(0, len(shuffled), BATCH * SORTED):
        some = shuffled[start:start + BATCH * SORTED]
        some = some[np.argsort(lengths[some], kind='stable')]
        batches += [some[at:at + BATCH] for at in range(0, len(some), BATCH)]
    return [batches[at] for at in np.random.permutation(len(batches))]


def loss_of(vectors, targets):
    """Each where the teacher has it, and each pair as alike as the teacher finds it: what recall goes by."""
    cosine = (vectors * targets).sum(-1).mean()
    return 1 - cosine + 4 * ((vectors @ vectors.T - targets @ targets.T) ** 2).mean()


torch.set_num_threads(1)
torch.manual_seed(1)
np.random.seed(1)
lessons = Lessons(FOLDER)
student = Student(lessons.weights, lessons.vectors)
parameters = list(student.parameters())
print(f'{len(lessons.learnt)} texts, {sum(one.numel() for one in parameters)} parameters', flush=True)
optimizer = torch.optim.AdamW(parameters, lr=RATE, betas=(0.9, 0.98), weight_decay=0.01)
lengths = np.array([len(text) for text in lessons.tokens])
targets = torch.from_numpy(lessons.targets)


def judge(step):
    cosine = lessons.cosine(encode(student, [lessons.tokens[at] for at in lessons.judged], lessons.padding))
    print(f'{(time.time() - began) / 60:.1f} min, step {step}: cosine {cosine:.4f} on texts left out', flush=True)


began = told = time.time()
judge(0)
step, share = 0, 0.0
while share < 1:
    for batch in batches_of(lessons.learnt, lengths):
        share = min(1, (time.time() - began) / (MINUTES * 60))
        warm = min(1, (step + 1) / WARM_UP)
        for group in optimizer.param_groups:
            group['lr'] = RATE * (warm * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-3)
        with torch.autocast('cpu', dtype=torch.bfloat16):
            vectors = student(batch_of([lessons.tokens[at] for at in batch], lessons.padding))
        loss = loss_of(vectors.float(), targets[batch])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        if time.time() - told > 60 or share == 1:
            told = time.time()
            judge(step)
        if share == 1:
            break
torch.save(student.state_dict(), FOLDER / 'student.pt')
