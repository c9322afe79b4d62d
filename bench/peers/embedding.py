"""A torchvision loop from a folder of pictures to embeddings, in float32, with the weights of a run of ours; 2 threads.
  embedding.py search ENCODER.safetensors DIR          tries what a careful user would; prints the best: FORM BATCH WORKERS
  embedding.py run ENCODER.safetensors DIR FORM BATCH WORKERS OUT.npy      prints images/s, imports and compiling left out
  embedding.py compare OURS.npy THEIRS.npy             rows by id (OURS.csv, THEIRS.csv)"""
import csv
import json
import os
import re
import struct
import sys
import time

import numpy as np
import torch
from torch import nn
from torchvision import datasets, models, transforms
from torchvision.transforms import InterpolationMode

torch.set_num_threads(2)
FORMS = ("plain", "folded", "frozen", "compiled", "compiled_frozen")


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    meta = {key: json.loads(value) for key, value in header.pop("__metadata__").items() if key != "format"}
    types = {"F32": torch.float32, "I64": torch.int64}
    return meta, {name: torch.frombuffer(data[slice(*one["data_offsets"])], dtype=types[one["dtype"]])
                  .reshape(one["shape"]) for name, one in header.items()}


def make_network(meta, weights):
    name, stem = re.match(r"(\w+)", meta["architecture"])[1], re.search(r"stem=(\w+)", meta["architecture"])
    network = getattr(models, name)(weights=None)
    network.fc = nn.Identity()
    if stem and stem[1] == "small":
        network.conv1, network.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    network.load_state_dict(weights)
    return network.eval().to(memory_format=torch.channels_last)


def in_form(network, form, example):
    if form == "folded":
        from torch.fx.experimental.optimization import fuse
        return fuse(network).to(memory_format=torch.channels_last)
    if form == "frozen":
        with torch.no_grad():
            return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, example)))
    if form.startswith("compiled"):
        from torch._inductor import config
        config.freezing = form == "compiled_frozen"
        return torch.compile(network)
    return network


class Transform:
    """The evaluation transform of simclr: a picture of the right size passes unchanged."""

    def __init__(self, meta):
        self.size = meta["input_size"][1]
        resize = transforms.Resize(meta["resize"]["shorter_side"], InterpolationMode.BILINEAR, antialias=True)
        self.shrink = transforms.Compose([resize, transforms.CenterCrop(self.size)])
        self.finish = transforms.Compose([transforms.ToTensor(), transforms.Normalize(meta["mean"], meta["std"])])

    def __call__(self, image):
        return self.finish(image if image.size == (self.size, self.size) else self.shrink(image))


def guard(form):  # a frozen graph comes from tracing, which inference mode refuses
    return torch.no_grad() if form == "frozen" else torch.inference_mode()


def embed(network, form, pictures, batch, workers, most=None, warm=False):
    if not warm:  # a full batch and a padded one, untimed: what is left to compile
        embed(network, form, pictures, batch, workers, batch + 1, True)
    pictures = torch.utils.data.Subset(pictures, range(min(most or len(pictures), len(pictures))))
    start, rows = time.perf_counter(), []
    with guard(form):
        for x, _ in torch.utils.data.DataLoader(pictures, batch, num_workers=workers):
            x = x.contiguous(memory_format=torch.channels_last)
            missing = batch - len(x)  # one shape, or compiled forms would compile again
            h = network(torch.cat([x, x.new_zeros(missing, *x.shape[1:])]) if missing else x)
            rows.append(h[:len(x)].numpy())
    rows = np.concatenate(rows)
    return len(rows) / (time.perf_counter() - start), rows


def prepare(meta, weights, form, batch):
    example = torch.randn(batch, *meta["input_size"]).contiguous(memory_format=torch.channels_last)
    network = in_form(make_network(meta, weights), form, example)
    with guard(form):
        for _ in range(3):
            network(example)
    return network, example


def search(meta, weights, pictures):
    best = (0, None)
    for form in FORMS:
        for batch in (32, 128):
            try:
                network, example = prepare(meta, weights, form, batch)
            except Exception as error:
                print(f"{form}: {error!r}"[:300], file=sys.stderr)
                break
            begin, least = time.perf_counter(), float("inf")
            with guard(form):
                while time.perf_counter() - begin < 3:
                    start = time.perf_counter()
                    network(example)
                    least = min(least, time.perf_counter() - start)
            rate = batch / least
            print(f"network alone, {form}, batch {batch}: {rate:.1f} images/s", file=sys.stderr)
            best = max(best, (rate, (form, batch)))
    form, batch = best[1]
    network, _ = prepare(meta, weights, form, batch)
    most = max(2 * batch, int(6 * best[0]))
    by_workers = {workers: embed(network, form, pictures, batch, workers, most)[0] for workers in (0, 1, 2)}
    for workers, rate in by_workers.items():
        print(f"whole loop, {form}, batch {batch}, {workers} workers: {rate:.1f} images/s", file=sys.stderr)
    print(form, batch, max(by_workers, key=by_workers.get))


def compare(ours, theirs):
    def rows(path):
        with open(os.path.splitext(path)[0] + ".csv", newline="") as file:
            return dict(zip((row["id"] for row in csv.DictReader(file)), np.load(path)))
    a, b = rows(ours), rows(theirs)
    assert a.keys() == b.keys(), "not the same pictures"
    difference = max(np.abs(a[path] - b[path]).max() for path in a)
    largest = max(np.abs(row).max() for row in a.values())
    print(f"largest difference {difference:.1e}, largest value {largest:.3g}: {difference / largest:.1e} of it")


if sys.argv[1] == "compare":
    compare(*sys.argv[2:])
    sys.exit()
metadata, state = read_safetensors(sys.argv[2])
folder = datasets.ImageFolder(sys.argv[3], Transform(metadata))
if sys.argv[1] == "search":
    search(metadata, state, folder)
else:
    form, batch, workers, out = sys.argv[4], int(sys.argv[5]), int(sys.argv[6]), sys.argv[7]
    rate, values = embed(prepare(metadata, state, form, batch)[0], form, folder, batch, workers)
    np.save(out, values)
    with open(os.path.splitext(out)[0] + ".csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id"])
        writer.writerows([os.path.relpath(path, sys.argv[3])] for path, _ in folder.imgs)
    print(f"{rate:.2f}")
