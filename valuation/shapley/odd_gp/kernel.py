"""What a prior on games must offer, so that its hyper-parameters can be learned and its values computed.

A prior is a Gaussian process for the odd part g of a game, over pairs written as players in {-1, +1}. Kernels
say how g at two pairs covaries; since values are linear in g, also how every player's value covaries with g.
A kernel's hyper-parameters are one vector, so that an optimiser can search them.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]


class Kernel(Protocol):
    """A prior on odd games of n players.

    Parameters are float64 (k,); pairs are signs, float64 (m, n) of -1 and +1; `start` is where a search
    begins and `bounds` where it stays.
    """

    @property
    def start(self) -> Vector:
        """The middle of the prior on the parameters, float64 (k,)."""
        ...

    @property
    def bounds(self) -> Matrix:
        """The least and greatest parameters, float64 (k, 2)."""
        ...

    def penalty(self, parameters: Vector) -> tuple[float, Vector]:
        """Return minus the log prior density of the parameters, up to a constant, and its gradient (k,)."""
        ...

    def covariance(self, parameters: Vector, left: Matrix, right: Matrix) -> Matrix:
        """Return the covariances of g, float64 (a, b), at pairs left (a, n) and right (b, n)."""
        ...

    def gradient(self, parameters: Vector, pairs: Matrix, weights: Matrix) -> Vector:
        """Return the derivatives, (k,), of sum(weights * covariance(parameters, pairs, pairs)).

        The weights, float64 (m, m), are symmetric.
        """
        ...

    def variance(self, parameters: Vector, pairs: Matrix) -> Vector:
        """Return the variances of g, float64 (m,), at pairs (m, n)."""
        ...

    def values(self, parameters: Vector, pairs: Matrix) -> Matrix:
        """Return the covariances, float64 (n, m), of the players' Shapley values with g at pairs (m, n)."""
        ...

    def value_variance(self, parameters: Vector) -> Vector:
        """Return the variances, float64 (n,), of the players' Shapley values."""
        ...


def gaussian_penalty(parameters: Vector, centre: Vector, spread: Vector) -> tuple[float, Vector]:
    """Return minus the log density of independent normals, up to a constant, and its gradient.

    >>> gaussian_penalty(np.array([2.0]), np.array([0.0]), np.array([2.0]))
    (0.5, array([0.5]))
    """
    scaled = (parameters - centre) / spread
    return float(scaled @ scaled) / 2, scaled / spread


def sizes_of(pairs: Matrix) -> npt.NDArray[np.intp]:
    """Return how many players are inside, intp (m,), of signs (m, n).

    >>> sizes_of(np.array([[1.0, -1.0, -1.0]])).tolist()
    [1]
    """
    sizes: npt.NDArray[np.intp] = (pairs > 0).sum(axis=1)
    return sizes
