"""SimCLR with lightly, as its users run it, from JPEG files to the optimizer step. Prints images/s (one image = two views).

  training.py DIR [--form default|channels_last|bf16|compiled|bf16_compiled] [--steps 6] [--encoder resnet18] [--size 32] [--batch 256]

default is lightly's CIFAR-10 example: float32, contiguous. The tuned forms: channels_last; with bf16 autocast; and either compiled.
"""
import argparse
import time

import torch
import torchvision
from lightly.data import LightlyDataset
from lightly.loss import NTXentLoss
from lightly.models.modules.heads import SimCLRProjectionHead
from lightly.transforms import SimCLRTransform


class SimCLR(torch.nn.Module):
    def __init__(self, encoder, small):
        super().__init__()
        network = getattr(torchvision.models, encoder)()
        width = network.fc.in_features
        network.fc = torch.nn.Identity()
        if small:  # the stem of SimCLR's appendix B.9, which ours has too up to 64 px
            network.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
            network.maxpool = torch.nn.Identity()
        self.backbone = network
        self.projection_head = SimCLRProjectionHead(width, width, 128)

    def forward(self, x):
        return self.projection_head(self.backbone(x))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--form", default="default")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--warm", type=int, default=2)
    parser.add_argument("--encoder", default="resnet18")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--batch", type=int, default=256)
    args = parser.parse_args()
    torch.manual_seed(0)
    small = args.size <= 64
    transform = SimCLRTransform(input_size=args.size, gaussian_blur=0.0 if small else 0.5)
    loader = torch.utils.data.DataLoader(
        LightlyDataset(args.data, transform=transform), batch_size=args.batch, shuffle=True, drop_last=True,
        num_workers=torch.get_num_threads(), persistent_workers=True)
    model = SimCLR(args.encoder, small)
    plain = args.form == "default"
    bf16 = args.form.startswith("bf16")
    if not plain:
        model = model.to(memory_format=torch.channels_last)
    forward = torch.compile(model) if args.form.endswith("compiled") else model
    criterion = NTXentLoss(temperature=0.5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)
    done, begin = 0, None
    while True:
        for (x0, x1), *_ in loader:
            x = torch.cat([x0, x1])  # one forward of both views, the faster form
            if not plain:
                x = x.to(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                z = forward(x)
            loss = criterion(*z.float().chunk(2))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done += 1
            if done == args.warm:
                begin = time.perf_counter()
            if done == args.warm + args.steps:
                print(f"{args.steps * args.batch / (time.perf_counter() - begin):.2f}")
                return


if __name__ == "__main__":
    main()
