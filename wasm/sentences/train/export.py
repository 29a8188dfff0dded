"""
Writes what train.py learnt as the kernel reads it (README.md, Layout): `python3 export.py [folder] [file]`, which is
sentences.bin in the folder unless told otherwise. Says what rounding to 8 bits costs, as the cosine on the texts left out.
"""
import struct
import sys
from pathlib import Path

import numpy as np
import torch

from lessons import CACHE, Lessons
from student import EMBEDDING, ENLARGED, HEADS, INNER, LAYERS, OUTPUTS, WIDTH, Student, encode
from tokens import POSITIONS

FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else CACHE
FILE = Path(sys.argv[2]) if len(sys.argv) > 2 else FOLDER / 'sentences.bin'


def rounded(matrix):
    """A scale for each row, and its codes of 8 bits."""
    scales = np.abs(matrix).max(1) / 127
    scales[scales == 0] = 1
    return scales.astype('<f4'), np.round(matrix / scales[:, None]).astype(np.int8)


def matrix_of(values):
    return b''.join(part.tobytes() for part in rounded(values))


def floats_of(values):
    return values.astype('<f4').tobytes()


state = torch.load(FOLDER / 'student.pt')
learnt = {name: value.numpy() for name, value in state.items()}
# No words: the kernel takes their embeddings from words.bin.
header = struct.pack('<9I', 0, 3, EMBEDDING, WIDTH, LAYERS, HEADS, INNER, POSITIONS, OUTPUTS)
parts = [b'HSE1', header, matrix_of(learnt['specials'])]
parts += [matrix_of(learnt['inp.weight'] * ENLARGED), floats_of(learnt['positions'])]
for layer in range(LAYERS):
    for name in ('gain1', 'qkv.weight', 'o.weight', 'gain2', 'up.weight', 'up.bias', 'down.weight', 'down.bias'):
        write = matrix_of if name.endswith('.weight') else floats_of
        parts.append(write(learnt[f'layers.{layer}.{name}']))
parts.append(matrix_of(learnt['out.weight']))
FILE.write_bytes(b''.join(parts))

torch.set_num_threads(1)
lessons = Lessons(FOLDER)
student = Student(lessons.weights, lessons.vectors)
judged = [lessons.tokens[at] for at in lessons.judged]
for name, is_rounded in (('as learnt', False), ('rounded', True)):
    for key, value in state.items():
        if is_rounded and (key.endswith('.weight') or key == 'specials'):
            scales, codes = rounded(value.numpy())
            state[key] = torch.from_numpy(scales[:, None] * codes)
    student.load_state_dict(state)
    print(f'{name}: cosine {lessons.cosine(encode(student, judged, lessons.padding)):.4f}')
