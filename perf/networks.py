# SPDX-License-Identifier: Apache-2.0
"""The networks of trainer/gmtrain/networks in PyTorch, layer for layer, for training.py."""

from torch import nn


class Conv6(nn.Sequential):
    dimension = 100

    def __init__(self, channels, side, widths=(16, 32, 64)):
        layers = []
        for filters in widths:
            for _ in range(2):
                layers += [nn.Conv2d(channels, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters),
                           nn.PReLU(filters)]
                channels = filters
            layers.append(nn.MaxPool2d(2))
            side //= 2
        super().__init__(*layers, nn.Flatten(), nn.Linear(channels * side * side, self.dimension), nn.ReLU())


class Block(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.more, self.stride = filters - channels, 1 if filters == channels else 2
        self.first = nn.Conv2d(channels, filters, 3, stride=self.stride, padding=1, bias=False)
        self.second = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.first_norm, self.second_norm = nn.BatchNorm2d(filters), nn.BatchNorm2d(filters)

    def forward(self, x):
        residual = self.second_norm(self.second(self.first_norm(self.first(x)).relu()))
        if self.more:
            x = nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
        return (residual + x).relu()


class ResNet20(nn.Module):
    dimension = 64

    def __init__(self, channels, _side):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(channels, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.blocks = nn.Sequential(*(Block(*widths) for widths in (
            (16, 16), (16, 16), (16, 16), (16, 32), (32, 32), (32, 32), (32, 64), (64, 64), (64, 64))))

    def forward(self, images):
        return self.blocks(self.norm(self.stem(images)).relu()).mean((2, 3))
