"""Times DeiT in BF16 with PyTorch's own wheel, which is faster at it than its Java build.

Usage: torch_bf16.py MODEL MODE BATCH [THREADS|cuda], such as: torch_bf16.py small inference 8
MODEL is tiny, small or base (distilled, 224 pixels), MODE inference or train_step. Prints the
median time and images/s with BF16 weights and with autocast, on a GPU also of the compiled model.
Weights are random: only time counts.
With MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=1099511627776 MALLOC_ARENA_MAX=1 PyTorch keeps its
memory between calls, which makes small models faster.
"""

import contextlib
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

SIZES = {"tiny": (192, 3), "small": (384, 6), "base": (768, 12)}
DEPTH = 12
CLASSES = 1000
TOKENS = 198
WARM_UP = 3
SECONDS = 3


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, 1e-6)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width, 1e-6)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        split = (batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = self.qkv(self.norm1(x)).reshape(split).permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, tokens, width)
        x = x + self.proj(y)
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class DeiT(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.tokens = nn.Parameter(torch.zeros(1, 2, width))
        self.position = nn.Parameter(0.02 * torch.randn(1, TOKENS, width))
        self.patches = nn.Conv2d(3, width, 16, 16)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(DEPTH)])
        self.norm = nn.LayerNorm(width, 1e-6)
        self.head = nn.Linear(width, CLASSES)
        self.head_dist = nn.Linear(width, CLASSES)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.tokens.expand(len(images), -1, -1), x], 1) + self.position
        x = self.norm(self.blocks(x))
        return self.head(x[:, 0]), self.head_dist(x[:, 1])


def work(model, mode, images, precision):
    labels = torch.randint(0, CLASSES, (len(images),), device=images.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, foreach=True)

    def infer():
        with torch.inference_mode(), precision():
            model(images)

    def train():
        optimizer.zero_grad()
        with precision():
            logits, distillation = model(images)
            loss = F.cross_entropy(logits, labels, label_smoothing=0.1)
            loss = (loss + F.cross_entropy(distillation, labels)) / 2
        loss.backward()
        optimizer.step()

    return infer if mode == "inference" else train


def median_seconds(call, wait):
    for _ in range(WARM_UP):
        call()
    wait()
    times = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        call()
        wait()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main(size, mode, batch, where="2"):
    if size not in SIZES or mode not in ("inference", "train_step"):
        sys.exit(__doc__)
    device = "cuda" if where == "cuda" else "cpu"
    if device == "cpu":
        torch.set_num_threads(int(where))
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    images = torch.randn(int(batch), 3, 224, 224, device=device)
    autocast = lambda: torch.autocast(device, dtype=torch.bfloat16)
    for name, type_, precision in (
        ("weights in bfloat16", torch.bfloat16, contextlib.nullcontext),
        ("autocast to bfloat16", torch.float32, autocast),
    ):
        for how in ("", ", compiled") if device == "cuda" else ("",):
            model = DeiT(*SIZES[size]).to(device, type_).train(mode == "train_step")
            call = work(torch.compile(model) if how else model, mode, images.to(type_), precision)
            seconds = median_seconds(call, wait)
            print(f"{name}{how}: {1e3 * seconds:.1f} ms, {len(images) / seconds:.2f} images/s")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
