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


class Trainer:
    """The model, its loader and one step in one of the forms."""

    def __init__(self, args, **jitter):
        small = args.size <= 64
        transform = SimCLRTransform(input_size=args.size, gaussian_blur=0.0 if small else 0.5, **jitter)
        self.loader = torch.utils.data.DataLoader(
            LightlyDataset(args.data, transform=transform), batch_size=args.batch, shuffle=True, drop_last=True,
            num_workers=torch.get_num_threads(), persistent_workers=True)
        self.format = torch.contiguous_format if args.form == "default" else torch.channels_last
        self.bf16 = args.form.startswith("bf16")
        self.model = SimCLR(args.encoder, small).to(memory_format=self.format)
        self.network = torch.compile(self.model) if args.form.endswith("compiled") else self.model
        self.criterion = NTXentLoss(temperature=0.5)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.06, momentum=0.9, weight_decay=5e-4)

    def step(self, x0, x1):
        x = torch.cat([x0, x1]).to(memory_format=self.format)  # one forward of both views, the faster way
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            z = self.network(x)
        loss = self.criterion(*z.float().chunk(2))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--form", default="default")
    parser.add_argument("--encoder", default="resnet18")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    return parser


def main():
    parser = arguments()
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--warm", type=int, default=2)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    trainer = Trainer(args)
    done, begin = 0, None
    while True:
        for (x0, x1), *_ in trainer.loader:
            trainer.step(x0, x1)
            done += 1
            if done == args.warm:
                begin = time.perf_counter()
            if done == args.warm + args.steps:
                print(f"{args.steps * args.batch / (time.perf_counter() - begin):.2f}")
                return


if __name__ == "__main__":
    main()
