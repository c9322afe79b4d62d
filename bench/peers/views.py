#!/usr/bin/env python3
"""Views a second of a peer on one thread: SimCLR's whole pipeline to a normalised float32 CHW tensor. Prints one number.
  views.py (pil|v2|kornia|albumentations) (decoded|jpeg) SIZE DIR [seconds=3] [files=400]
The same crop range, amounts, probabilities, blur and normalisation as our presets `simclr` (224 px) and `simclr_small`
(32 px); each peer in a fast form of those it offers, not every one of which was tried. From JPEG both views come from one decoding."""
import os
import sys
import time
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", NO_ALBUMENTATIONS_UPDATE="1")
import numpy as np  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(1)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def amounts(size):
    strength = 1.0 if size > 64 else 0.5
    return 0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength


def taps(size):
    return max(3, size // 10 // 2 * 2 + 1)


def pil(size):
    """torchvision's transforms on PIL pictures."""
    from PIL import Image
    from torchvision import transforms as t
    steps = [t.RandomResizedCrop(size, scale=(0.08, 1)), t.RandomHorizontalFlip(),
             t.RandomApply([t.ColorJitter(*amounts(size))], 0.8), t.RandomGrayscale(0.2)]
    if size > 64:
        steps.append(t.RandomApply([t.GaussianBlur(taps(size), (0.1, 2))], 0.5))
    chain = t.Compose([*steps, t.ToTensor(), t.Normalize(MEAN, STD)])
    return lambda path: Image.open(path).convert("RGB"), lambda picture: (chain(picture), chain(picture))


def v2(size):
    """torchvision's transforms v2 on uint8 tensors."""
    from torchvision import io
    from torchvision.transforms import v2 as t
    steps = [t.RandomResizedCrop(size, scale=(0.08, 1), antialias=True), t.RandomHorizontalFlip(),
             t.RandomApply([t.ColorJitter(*amounts(size))], 0.8), t.RandomGrayscale(0.2)]
    if size > 64:
        steps.append(t.RandomApply([t.GaussianBlur(taps(size), (0.1, 2))], 0.5))
    chain = t.Compose([*steps, t.ToDtype(torch.float32, scale=True), t.Normalize(MEAN, STD)])
    return (lambda path: io.decode_jpeg(io.read_file(str(path)), io.ImageReadMode.RGB),
            lambda picture: (chain(picture), chain(picture)))


def kornia(size):
    """kornia on float32 batches: of 64 pictures at 32 px, where all have one size; else of a picture's two views."""
    import kornia.augmentation as k
    from torchvision import io
    mode = dict(same_on_batch=False)
    steps = [k.RandomResizedCrop((size, size), scale=(0.08, 1), cropping_mode="slice" if size > 64 else "resample", **mode),
             k.RandomHorizontalFlip(p=0.5, **mode), k.ColorJitter(*amounts(size), p=0.8, **mode),
             k.RandomGrayscale(p=0.2, **mode)]
    if size > 64:
        steps.append(k.RandomGaussianBlur((taps(size), taps(size)), (0.1, 2.0), p=0.5, **mode))
    chain = k.AugmentationSequential(*steps, k.Normalize(torch.tensor(MEAN), torch.tensor(STD)), data_keys=["input"])

    @torch.no_grad()
    def views(picture):
        batch = picture if picture.dim() == 4 else picture[None]
        return chain(batch.repeat(2, 1, 1, 1).float() / 255)

    return lambda path: io.decode_jpeg(io.read_file(str(path)), io.ImageReadMode.RGB), views


def albumentations(size):
    """albumentations on OpenCV arrays. Its crop is bilinear without antialiasing (its default): less work than ours."""
    import albumentations as a
    import cv2
    from albumentations.pytorch import ToTensorV2
    cv2.setNumThreads(0)
    b, c, s, h = amounts(size)
    steps = [a.RandomResizedCrop(size=(size, size), scale=(0.08, 1)), a.HorizontalFlip(p=0.5),
             a.ColorJitter(brightness=(1 - b, 1 + b), contrast=(1 - c, 1 + c), saturation=(1 - s, 1 + s), hue=(-h, h), p=0.8),
             a.ToGray(p=0.2)]
    if size > 64:
        steps.append(a.GaussianBlur(blur_limit=(taps(size), taps(size)), sigma_limit=(0.1, 2), p=0.5))
    chain = a.Compose([*steps, a.Normalize(MEAN, STD), ToTensorV2()])
    return (lambda path: cv2.imread(str(path), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION),
            lambda picture: (chain(image=picture)["image"], chain(image=picture)["image"]))


def some_of(folder, most):
    files = sorted(Path(folder).rglob("*.jpg"))
    most = min(most, len(files))
    return [files[i * len(files) // most] for i in range(most)]


def main():
    peer, form, size, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    seconds = float(sys.argv[5]) if len(sys.argv) > 5 else 3.0
    files = some_of(folder, int(sys.argv[6]) if len(sys.argv) > 6 else 400)
    read, views = {"pil": pil, "v2": v2, "kornia": kornia, "albumentations": albumentations}[peer](size)
    together = 32 if peer == "kornia" and size <= 64 else 1  # pictures of one size, two views each
    kept = [read(path) for path in files] if form == "decoded" else []
    for picture in kept:
        np.asarray(picture)  # PIL decodes when first asked

    def take(i):
        return kept[i % len(kept)] if kept else read(files[i % len(files)])

    def run(until):
        made, i = 0, 0
        while time.perf_counter() < until:
            picture = torch.stack([take(i + j) for j in range(together)]) if together > 1 else take(i)
            made += sum(1 for view in views(picture) if view.shape == (3, size, size) and view.dtype == torch.float32)
            i += together
        return made

    run(time.perf_counter() + 0.3 * seconds)
    start = time.perf_counter()
    made = run(start + seconds)
    print(f"{made / (time.perf_counter() - start):.1f}")


main()
