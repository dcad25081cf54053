"""Checks that deit4j and PyTorch exchange weights and compute the same.

    python same_logits.py                                 with random weights, both ways
    python same_logits.py --weights model.safetensors     with a model that deit4j trained

Of timm, if it is installed, the model of that configuration is used; else a DeiT in plain PyTorch,
written here from the paper. The launcher `deit` must be found, see --deit.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import tempfile
import zlib

import numpy
import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[4]
TOLERANCE = 1e-4


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "proj": nn.Linear(width, width)})
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, hidden), "fc2": nn.Linear(hidden, width)})

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.attn["qkv"](self.norm1(x)).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5
        attended = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, width)
        x = x + self.attn["proj"](attended)
        return x + self.mlp["fc2"](nn.functional.gelu(self.mlp["fc1"](self.norm2(x))))


class DeiT(nn.Module):
    """Class token, distillation token, two heads; parameters have timm's names."""

    def __init__(self, c):
        super().__init__()
        prefix = 2 if c["distilled"] else 1
        tokens = (c["image-size"] // c["patch-size"]) ** 2 + prefix
        width = c["width"]
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        if c["distilled"]:
            self.dist_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens, width))
        self.patch_embed = nn.ModuleDict(
            {"proj": nn.Conv2d(c["channels"], width, c["patch-size"], c["patch-size"])}
        )
        self.blocks = nn.ModuleList(Block(width, c["heads"], c["mlp-width"]) for _ in range(c["depth"]))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, c["classes"])
        if c["distilled"]:
            self.head_dist = nn.Linear(width, c["classes"])

    def forward(self, images):
        x = self.patch_embed["proj"](images).flatten(2).transpose(1, 2)
        prefix = [self.cls_token] + ([self.dist_token] if hasattr(self, "dist_token") else [])
        x = torch.cat([token.expand(len(x), -1, -1) for token in prefix] + [x], 1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        logits = {"class": self.head(x[:, 0])}
        if hasattr(self, "head_dist"):
            logits["distillation"] = self.head_dist(x[:, 1])
        return logits


class TimmModel(nn.Module):
    def __init__(self, timm, c):
        super().__init__()
        kind = timm.models.deit.VisionTransformerDistilled if c["distilled"] else timm.models.vision_transformer.VisionTransformer
        self.model = kind(
            img_size=c["image-size"],
            patch_size=c["patch-size"],
            in_chans=c["channels"],
            num_classes=c["classes"],
            embed_dim=c["width"],
            depth=c["depth"],
            num_heads=c["heads"],
            mlp_ratio=c["mlp-width"] / c["width"],
        )

    def load_state_dict(self, state, strict=True):
        return self.model.load_state_dict(state, strict)

    def forward(self, images):
        x = self.model.forward_features(images)
        logits = {"class": self.model.head(x[:, 0])}
        if hasattr(self.model, "head_dist"):
            logits["distillation"] = self.model.head_dist(x[:, 1])
        return logits


def make_model(c):
    try:
        import timm
    except ImportError:
        return DeiT(c), "a DeiT in plain PyTorch"
    return TimmModel(timm, c), "timm " + timm.__version__


def read_safetensors(path):
    """Returns the metadata and the float32 tensors of a file."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = numpy.frombuffer(content[begin:end], "<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return metadata, tensors


def configuration(metadata):
    c = {k[6:]: json.loads(v) for k, v in metadata.items() if k.startswith("model.")}
    c["mean"] = json.loads(metadata["preprocessing.mean"])
    c["std"] = json.loads(metadata["preprocessing.std"])
    c["resized"] = int(c["image-size"] / float(metadata["preprocessing.crop-ratio"]))
    return c


def write_png(path, pixels):
    """Writes [rows, columns, channels] of bytes."""
    rows, columns, channels = pixels.shape

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", columns, rows, 8, 2 if channels == 3 else 0, 0, 0, 0)
    lines = b"".join(b"\0" + row.tobytes() for row in pixels)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    )


def images(folder, c, count):
    """Writes images that need no resize; returns their paths and what the model gets of them."""
    random = numpy.random.default_rng(7)
    paths, tensors = [], []
    margin = round((c["resized"] - c["image-size"]) / 2)
    middle = slice(margin, margin + c["image-size"])
    for i in range(count):
        pixels = random.integers(0, 256, (c["resized"], c["resized"], c["channels"]), numpy.uint8)
        paths.append(folder / f"{i}.png")
        write_png(paths[-1], pixels)
        crop = pixels[middle, middle].astype(numpy.float32) / 255
        normal = (crop - numpy.float32(c["mean"])) / numpy.float32(c["std"])
        tensors.append(torch.from_numpy(normal.transpose(2, 0, 1).copy()))
    return paths, torch.stack(tensors)


def log_probabilities(deit, weights, head, classes, paths, *options):
    command = [deit, "predict", "--weights", weights, "--head", head, "--top", classes, "--json"]
    command = [str(part) for part in [*command, *options, *paths]]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    rows = numpy.zeros((len(paths), classes))
    for row, image in zip(rows, json.loads(result.stdout)["images"]):
        for prediction in image["predictions"]:
            row[prediction["index"]] = numpy.log(prediction["probability"])
    return rows


def export_random_model(deit, folder):
    """A random model goes from PyTorch to deit4j, and comes back."""
    torch.manual_seed(3)
    c = {"image-size": 224, "patch-size": 16, "channels": 3, "classes": 1000, "width": 192}
    c |= {"depth": 12, "heads": 3, "mlp-width": 768, "distilled": True}
    state = {k: torch.randn_like(v) * 0.05 for k, v in DeiT(c).state_dict().items()}
    state = {k: v + 1 if "norm" in k and k.endswith("weight") else v for k, v in state.items()}
    for zip_format in True, False:
        torch.save({"model": state}, folder / "model.pth", _use_new_zipfile_serialization=zip_format)
        back = folder / ("zip.safetensors" if zip_format else "legacy.safetensors")
        command = [deit, "export", "--weights", folder / "model.pth", "--format", "timm", "--out", back]
        subprocess.run([str(part) for part in command], check=True)
        _, tensors = read_safetensors(back)
        assert tensors.keys() == state.keys(), tensors.keys() ^ state.keys()
        assert all(torch.equal(tensors[name], state[name]) for name in state)
    print("state dict of", len(state), "tensors: PyTorch -> deit4j -> PyTorch, the same bits")
    return back


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--weights", type=pathlib.Path)
    options.add_argument("--deit", type=pathlib.Path, default=ROOT / "deit")
    options.add_argument("--images", type=int, default=4)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        weights = options.weights or export_random_model(options.deit, folder)
        metadata, tensors = read_safetensors(weights)
        c = configuration(metadata)
        model, what = make_model(c)
        model.load_state_dict(tensors, strict=True)
        model.eval()
        paths, batch = images(folder, c, options.images)
        with torch.no_grad():
            logits = model(batch)
        for head, values in logits.items():
            expected = values.double().log_softmax(-1).numpy()
            found = log_probabilities(options.deit, weights, head, c["classes"], paths)
            error = numpy.abs(found - expected).max()
            print(f"{head} head: log probabilities of {found.shape} differ by {error:.1e} at most")
            assert error < TOLERANCE
        print("deit4j computes what", what, "with PyTorch", torch.__version__, "computes")


if __name__ == "__main__":
    main()
