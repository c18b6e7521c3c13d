"""What the kernels mean, in plain torch: in float64 the truth, in the kernel's own format the yardstick.

Each formula is a sum of products with signs only in its operands, so the same function of the operands' magnitudes
bounds how much rounding can do (proof/rule.py).
"""

from __future__ import annotations

import torch
from torch import Tensor


def dynamic_rank(x: Tensor, v: Tensor, gate: Tensor, u: Tensor, scaling: float = 1.0, residual: bool = False) -> Tensor:
    """scaling * ((x V) * gate) U [+ x]; the gate [M, r], or [B, S, r] with B * S = M."""
    y = scaling * (((x @ v) * gate.reshape(x.shape[0], v.shape[1])) @ u)
    return y + x if residual else y


def kronecker(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Every row as a matrix X [p, q]: A X B^T, laid out as a row again."""
    rows = x.reshape(x.shape[0], a.shape[1], b.shape[1])
    return (a @ (rows @ b.mT)).reshape(x.shape[0], a.shape[0] * b.shape[0])


def kronecker_product(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The same by building A kron B: the definition, against which the identity above is tested."""
    return x @ torch.kron(a, b).mT


def film_modulation(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """gamma * x + beta, with the usual broadcasting."""
    return gamma * x + beta
