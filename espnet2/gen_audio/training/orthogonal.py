"""The nearest matrices with orthogonal rows, approximately and for many at once.

Sources: Newton-Schulz steps with the coefficients of Muon, K. Jordan et al.,
https://kellerjordan.github.io/posts/muon/. A step multiplies X by a polynomial of
X X^T, so that the steps can be made on the small matrix X X^T alone, and X is
multiplied once, at the end ('Gram Newton-Schulz').
"""

import torch

from espnet2.gen_audio.compat import has_fast_bfloat16

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_SMALLEST = 1e-7  # norm below which a matrix is not scaled up


def orthogonalised(matrices: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Move the singular values of matrices near 1.

    On processors that multiply bfloat16 the steps are made in it, as torch.optim.Muon
    does everywhere; on others they are made in single precision, which takes less than
    half of the time there.

    Args:
        matrices: (B, M, N).
        steps: Newton-Schulz steps; after 5, singular values are about 0.7 to 1.2.

    Returns:
        Matrices with the same singular vectors, (B, M, N), in single precision.
    """
    x = matrices.float()
    if tall := x.size(1) > x.size(2):
        x = x.mT
    x = x / x.flatten(1).norm(dim=1).clamp(min=_SMALLEST)[:, None, None]
    if x.device.type != "cpu" or has_fast_bfloat16():
        x = _on_matrices(x.bfloat16(), steps).float()
    elif x.size(2) >= 2 * x.size(1):
        x = _on_products(x, steps)
    else:
        x = _on_matrices(x, steps)
    return x.mT if tall else x


def _on_matrices(x: torch.Tensor, steps: int) -> torch.Tensor:
    for _ in range(steps):
        x = torch.bmm(_factor(torch.bmm(x, x.mT)), x)
    return x


def _on_products(x: torch.Tensor, steps: int) -> torch.Tensor:
    """Make the steps on X X^T, which has fewer numbers than X.

    Rounding grows in it: it is not for bfloat16.
    """
    gram, product = torch.bmm(x, x.mT), None
    for left in range(steps - 1, -1, -1):
        factor = _factor(gram)
        product = factor if product is None else torch.bmm(factor, product)
        if left:
            gram = torch.bmm(torch.bmm(factor, gram), factor)
    return x if product is None else torch.bmm(product, x)


def _factor(gram: torch.Tensor) -> torch.Tensor:
    """Return what a step multiplies by: a I + b X X^T + c (X X^T)^2, (B, M, M)."""
    once, cubed, fifth = COEFFICIENTS
    factor = torch.baddbmm(gram, gram, gram, beta=cubed, alpha=fifth)
    factor.diagonal(dim1=1, dim2=2).add_(once)
    return factor
