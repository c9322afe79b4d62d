"""kNN accuracy against seconds of training, with lightly and its CIFAR-10 recipe: SGD 0.06, temperature 0.5, no blur, batch 256,
cosine over --epochs.

  accuracy.py TRAIN TEST [--epochs 8] [--stop-after 8] [--form channels_last|bf16] [--encoder resnet18] [--size 32] [--seed 0]

TRAIN, TEST: class folders; the classes of TRAIN serve kNN alone. After each epoch it prints the seconds trained so far, kNN's share not
counted, and the accuracy of kNN (k = 20, votes exp(cosine / 0.1)), which is that of simclr evaluate.
"""
import argparse
import time

import torch
import torchvision
from lightly.data import LightlyDataset
from lightly.loss import NTXentLoss
from lightly.transforms import SimCLRTransform

from training import SimCLR


@torch.no_grad()
def knn(encoder, train, test, size):
    plain = torchvision.transforms.Compose([
        torchvision.transforms.Resize((size, size)), torchvision.transforms.ToTensor(),
        torchvision.transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    encoder.eval()
    tables = []
    for folder in (train, test):
        data = torchvision.datasets.ImageFolder(folder, plain)
        rows = [(torch.nn.functional.normalize(encoder(x.to(memory_format=torch.channels_last)), dim=1), y)
                for x, y in torch.utils.data.DataLoader(data, batch_size=256, num_workers=2)]
        tables.append([torch.cat(part) for part in zip(*rows)])
    encoder.train()
    (bank, classes), (queries, truth) = tables
    near, which = (queries @ bank.T).topk(20)
    votes = torch.zeros(len(queries), int(classes.max()) + 1)
    votes.scatter_add_(1, classes[which], (near / 0.1).exp())
    return (votes.argmax(1) == truth).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--stop-after", type=int)
    parser.add_argument("--form", default="channels_last")
    parser.add_argument("--encoder", default="resnet18")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    transform = SimCLRTransform(input_size=args.size, cj_strength=0.5, gaussian_blur=0.0 if args.size <= 64 else 0.5)
    loader = torch.utils.data.DataLoader(
        LightlyDataset(args.train, transform=transform), batch_size=256, shuffle=True, drop_last=True,
        num_workers=torch.get_num_threads(), persistent_workers=True)
    model = SimCLR(args.encoder, args.size <= 64).to(memory_format=torch.channels_last)
    criterion = NTXentLoss(temperature=0.5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs * len(loader))
    seconds = 0.0
    for _ in range(args.stop_after or args.epochs):
        begin = time.perf_counter()
        for (x0, x1), *_ in loader:
            x = torch.cat([x0, x1]).to(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=args.form == "bf16"):
                z = model(x)
            loss = criterion(*z.float().chunk(2))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        seconds += time.perf_counter() - begin
        print(f"{seconds:.0f} {knn(model.backbone, args.train, args.test, args.size):.4f}", flush=True)


main()
