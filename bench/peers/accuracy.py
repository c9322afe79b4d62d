"""kNN accuracy against seconds of training, with lightly and its CIFAR-10 recipe: SGD 0.06, temperature 0.5, no blur, batch 256,
cosine over --epochs.

  accuracy.py TRAIN TEST [--epochs 8] [--stop-after 8] [--form channels_last|bf16] [--encoder resnet18] [--size 32] [--seed 0]

TRAIN, TEST: class folders; the classes of TRAIN serve kNN alone. After each epoch it prints the seconds trained so far, kNN's share not
counted, and the accuracy of kNN (k = 20, votes exp(cosine / 0.1)), which is that of simclr evaluate.
"""
import time

import torch
import torchvision

from training import Trainer, arguments


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
    parser = arguments()
    parser.add_argument("test")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--stop-after", type=int)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    trainer = Trainer(args, cj_strength=0.5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(trainer.optimizer, args.epochs * len(trainer.loader))
    seconds = 0.0
    for _ in range(args.stop_after or args.epochs):
        begin = time.perf_counter()
        for (x0, x1), *_ in trainer.loader:
            trainer.step(x0, x1)
            schedule.step()
        seconds += time.perf_counter() - begin
        print(f"{seconds:.0f} {knn(trainer.model.backbone, args.data, args.test, args.size):.4f}", flush=True)


main()
