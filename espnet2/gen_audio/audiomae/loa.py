"""Pool AudioMAE patch features into the language of audio (LOA).

Shapes: B clips, P patches = time * frequency (time-major), D features, L tokens.
Source: AudioLDM 2, arXiv:2308.05734, section III: the average of mean and max pooling
over cells of lambda x lambda patches. Published: 64 x 8 patches of 768 features for a
clip of 10.24 s, pooled by lambda = 8 to 8 tokens, (B, 8, 768); speech models keep all
512 patches (lambda = 1).
"""

from collections.abc import Sequence

import torch
from torch.nn.functional import avg_pool2d, max_pool2d

from espnet2.gen_audio.feats.clip import ClipGeometry


def pool_patches(
    patches: torch.Tensor, grid: tuple[int, int], factors: tuple[int, int]
) -> torch.Tensor:
    """Average the mean- and the max-pooled patch grid.

    Args:
        patches: Encoder output without the class token, (B, P, D).
        grid: Number of patches along (time, frequency), (64, 8) for 10.24 s.
        factors: Number of patches that one token covers along (time, frequency).

    Returns:
        LOA sequence, time-major, (B, L, D) with L = P / (factors[0] * factors[1]).

    Raises:
        ValueError: If the grid does not hold P patches, or a factor does not
            divide its side of the grid.
    """
    if grid[0] * grid[1] != patches.shape[1]:
        raise ValueError(
            f"grid {grid} holds {grid[0] * grid[1]} patches, but the encoder gave "
            f"{patches.shape[1]}; drop the class token or pass the clip's own grid"
        )
    if min(factors) < 1 or grid[0] % factors[0] or grid[1] % factors[1]:
        raise ValueError(f"factors {factors} must divide the patch grid {grid}")
    image = patches.transpose(1, 2).unflatten(2, grid)  # (B, D, time, freq)
    pooled = (avg_pool2d(image, factors) + max_pool2d(image, factors)) / 2
    return pooled.flatten(2).transpose(1, 2)


def pool_to_tokens(
    loa: torch.Tensor, geometry: ClipGeometry, factor: int
) -> torch.Tensor:
    """Pool the patch features of clips to LOA tokens; return pooled tokens unchanged.

    Args:
        loa: Patch features (B, P, D), or LOA tokens that were pooled by ``factor``, (B,
            L, D).
        geometry: Lengths of a clip.
        factor: Pooling factor.

    Returns:
        LOA tokens, (B, L, D).

    Raises:
        ValueError: If the length is neither P nor L.
    """
    given, length = loa.shape[1], geometry.loa_tokens(factor)
    if given == length:
        return loa
    if given != geometry.num_patches:
        raise ValueError(
            f"LOA of {given} tokens was given; {geometry.num_patches} patches or "
            f"{length} tokens (factor {factor}) are accepted: dump without "
            "--loa_factor, or train with the factor of the dump"
        )
    grid = (geometry.time_patches, geometry.freq_patches)
    return pool_patches(loa, grid, geometry.pool_factors(factor))


def draw_factor(
    factors: Sequence[int], generator: torch.Generator | None = None
) -> int:
    """Draw one pooling factor, each with the same probability.

    Args:
        factors: Factors to draw from.
        generator: Random generator; torch's default one if None.

    Returns:
        One of the factors.

    Raises:
        ValueError: If ``factors`` is empty.
    """
    if not factors:
        raise ValueError(
            f"pooling factors {list(factors)} were given; name at least one, as in [4]"
        )
    place = torch.randint(len(factors), (), generator=generator)
    return int(factors[int(place)])
