"""Pre-norm transformer blocks: attention over all tokens, or within windows.

Shapes: B clips, N tokens, D features; a window covers 4 x 4 patches of a grid (time,
frequency). Sources: ViT, arXiv:2010.11929; Swin, arXiv:2103.14030, for the windows of
AudioMAE's decoder. Weights have the names of the published encoder.
"""

import torch
from torch.nn.functional import gelu, scaled_dot_product_attention

WINDOW = 4  # patches along each side
EPSILON = 1e-6


class Attention(torch.nn.Module):
    """Multi-head self-attention.

    Args:
        width: Features of a token.
        heads: Number of heads; divides the width.

    Raises:
        ValueError: If ``heads`` does not divide ``width``.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide the width {width}")
        self.heads = heads
        self.qkv = torch.nn.Linear(width, 3 * width)
        self.proj = torch.nn.Linear(width, width)

    def forward(
        self, tokens: torch.Tensor, allowed: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return the output of attention.

        Args:
            tokens: (B, N, D).
            allowed: True where a token may attend to another; broadcasts to
                (B, heads, N, N).

        Returns:
            (B, N, D).
        """
        qkv = self.qkv(tokens).unflatten(2, (3, self.heads, -1))
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, N, D / heads)
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=allowed)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class FeedForward(torch.nn.Module):
    """Two linear layers with a GELU between them.

    Args:
        width: Features of a token.
        inner: Features between the layers.
    """

    def __init__(self, width: int, inner: int):
        super().__init__()
        self.fc1 = torch.nn.Linear(width, inner)
        self.fc2 = torch.nn.Linear(inner, width)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the transformed tokens, (B, N, D)."""
        return self.fc2(gelu(self.fc1(tokens)))


class Block(torch.nn.Module):
    """Attention over all tokens, then feed-forward layers; both residual, pre-norm.

    Args:
        width: Features of a token.
        heads: Attention heads.
        mlp_ratio: Hidden size of the feed-forward layers, as a multiple of width.
    """

    def __init__(self, width: int, heads: int, mlp_ratio: float = 4.0):
        super().__init__()
        self.norm1 = torch.nn.LayerNorm(width, eps=EPSILON)
        self.attn = Attention(width, heads)
        self.norm2 = torch.nn.LayerNorm(width, eps=EPSILON)
        self.mlp = FeedForward(width, int(width * mlp_ratio))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the transformed tokens, (B, N, D)."""
        tokens = tokens + self.mix(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))

    def mix(self, tokens: torch.Tensor) -> torch.Tensor:
        """Attend to all tokens, (B, N, D)."""
        return self.attn(tokens)


class WindowBlock(Block):
    """A block with attention within windows of 4 x 4 patches.

    Args:
        width: Features of a token.
        heads: Attention heads.
        grid: Number of patches along (time, frequency), multiples of 4.
        shift: Shift of the windows along (time, frequency), in patches.
        mlp_ratio: See ``Block``.

    Raises:
        ValueError: If the windows do not divide the grid.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        grid: tuple[int, int],
        shift: tuple[int, int] = (0, 0),
        mlp_ratio: float = 4.0,
    ):
        super().__init__(width, heads, mlp_ratio)
        if grid[0] % WINDOW or grid[1] % WINDOW:
            raise ValueError(
                f"windows of {WINDOW} x {WINDOW} do not fill a grid of {grid} patches; "
                "use another clip length, or the decoder kind 'global'"
            )
        self.grid = grid
        self.shift = shift
        allowed = _same_region(grid, shift)
        self.register_buffer("allowed", allowed, persistent=False)

    def mix(self, tokens: torch.Tensor) -> torch.Tensor:
        """Attend to the tokens of the same window, (B, P, D)."""
        clips = len(tokens)
        back = (-self.shift[0], -self.shift[1])
        image = tokens.unflatten(1, self.grid).roll(back, dims=(1, 2))
        windows = _to_windows(image).flatten(0, 1)  # (B * windows, 16, D)
        mixed = self.attn(windows, self.allowed.repeat(clips, 1, 1, 1))
        image = _from_windows(mixed.unflatten(0, (clips, -1)), self.grid)
        return image.roll(self.shift, dims=(1, 2)).flatten(1, 2)


def _to_windows(image: torch.Tensor) -> torch.Tensor:
    """Return (B, windows, 16, D) of an image (B, time, freq, D)."""
    cells = image.unflatten(2, (-1, WINDOW)).unflatten(1, (-1, WINDOW))
    return cells.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def _from_windows(windows: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """Undo ``_to_windows``."""
    coarse = (grid[0] // WINDOW, grid[1] // WINDOW)
    cells = windows.unflatten(2, (WINDOW, WINDOW)).unflatten(1, coarse)
    return cells.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def _same_region(grid: tuple[int, int], shift: tuple[int, int]) -> torch.Tensor:
    """Return which patches of a shifted window may attend to each other.

    After rolling the grid, a window may contain patches of both ends of the grid, which
    must not attend to each other. True for pairs that may, (windows, 1, 16, 16).
    """
    region = torch.zeros(grid)
    if shift[0]:
        region[-shift[0] :] += 1
    if shift[1]:
        region[:, -shift[1] :] += 2
    windows = _to_windows(region[None, :, :, None])[0, :, :, 0]  # (windows, 16)
    return (windows[:, :, None] == windows[:, None, :]).unsqueeze(1)
