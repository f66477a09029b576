"""What people take next, predicted from what they took and what they are: a closed-form ridge regression for each history length.

For a length k, each person u with n_u ≥ 1 items taken shows k_u = min(k, n_u - 1) of them, and the others are to be predicted.
With z the 0/1 vector of what is shown, beside the person's groups, and y the 0/1 vector of the rest, the coefficients are

    W = argmin Σ over people w_u E‖y - zW‖² + Σ penalties · W²,     W = (E[ZᵀDZ] + penalties)⁻¹ E[ZᵀDY],    D = diag(w)

Two views say which k_u items are shown:

* *subset*: any k_u of them, all equally likely. The mean over all subsets has a closed form, so nothing is sampled. With
  a = k_u / n_u, b = a (k_u - 1) / (n_u - 1) and r = a (n_u - k_u) / (n_u - 1), and b = r = 0 where n_u = 1,

      E[ZᵀDZ] = [[offdiag(Xᵀ D_b X) + diag(Xᵀ D_a 1), Xᵀ D_a F], [·, Fᵀ D F]],  E[ZᵀDY] = [offdiag(Xᵀ D_r X); Fᵀ D_(1-a) X]

  (two different items are both shown with probability b, one shown and the other not with probability r; D_b = diag(w b) …).
* *prefix*: the first k_u by time.

The subset view is dropout (Srivastava et al., JMLR 15, 2014) with an exact count instead of a probability; the closed form of
a linear autoencoder under dropout is Steck, "Autoencoders that don't overfit towards the identity", NeurIPS 2020.

The penalty is λ for items and λ_f for groups; the intercept, the first group, has none. All is float64.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array, diags_array


@dataclass(frozen=True, eq=False)
class Moments:
    """E[ZᵀDZ] and E[ZᵀDY], the items that are features first, then the groups.

    Attributes:
        gram: float64[features + groups, features + groups], symmetric.
        cross: float64[features + groups, items].
        feature_count: how many of the rows are items.
    """

    gram: NDArray[np.float64]
    cross: NDArray[np.float64]
    feature_count: int

    def solved(self, *, item_penalty: float, group_penalty: float) -> NDArray[np.float64]:
        """float64[features + groups, items]: the coefficients W, by one Cholesky factorisation.

        Raises:
            ValueError: a penalty that is not above 0.
        """
        if not self.gram.any():
            return np.zeros_like(self.cross)
        factor = cho_factor(self._penalised(item_penalty, group_penalty), overwrite_a=True, check_finite=False)
        solved: NDArray[np.float64] = cho_solve(factor, self.cross, check_finite=False)
        return solved

    def predicted(self, shown: csr_array, *, item_penalty: float, group_penalty: float) -> NDArray[np.float32]:
        """float32[people, items]: zW for the rows z of `shown`, in single precision, for comparing penalties.

        Where there are fewer people than items this is cheaper than `solved`: only their rows are solved for.
        """
        if not self.gram.any():
            return np.zeros((shown.shape[0], self.cross.shape[1]), dtype=np.float32)
        gram = self._penalised(item_penalty, group_penalty).astype(np.float32)
        factor = cho_factor(gram, overwrite_a=True, check_finite=False)
        cross = self.cross.astype(np.float32)
        predicted: NDArray[np.float32]
        if shown.shape[0] < cross.shape[1]:
            predicted = cho_solve(factor, shown.toarray().T.astype(np.float32), check_finite=False).T @ cross
        else:
            predicted = shown.astype(np.float32) @ cho_solve(factor, cross, overwrite_b=True, check_finite=False)
        return predicted

    def _penalised(self, item_penalty: float, group_penalty: float) -> NDArray[np.float64]:
        if not (item_penalty > 0 and group_penalty > 0):
            raise ValueError("penalties must be above 0")
        penalties = np.full(len(self.gram), item_penalty)
        penalties[self.feature_count :] = group_penalty
        penalties[self.feature_count] = 0.0
        penalised = self.gram.copy()
        penalised[np.diag_indices(len(penalised))] += penalties
        return penalised


def subset_moments(
    taken: csr_array, groups: csr_array, *, length: int, weights: NDArray[np.float64], features: NDArray[np.int64]
) -> Moments:
    """The moments of the subset view.

    Args:
        taken: float64[people, items] of 0 and 1, one or more in each row.
        groups: float64[people, groups] of 0 and 1; the first column is the intercept, all ones.
        length: k, 0 or more.
        weights: float64[people], w.
        features: int64[features], the items whose being taken may predict others; ascending. With k = 0 they predict nothing.

    Raises:
        ValueError: a row without an item.
    """
    counts = _counts(taken)
    shown = np.minimum(length, counts - 1)
    others = np.maximum(counts - 1, 1)
    share = shown / counts
    both, apart = share * (shown - 1) / others, share * (counts - shown) / others
    both[counts == 1] = apart[counts == 1] = 0.0
    inputs = taken[:, features]
    gram = _product(inputs, weights * both, inputs)
    gram[np.diag_indices(features.size)] = inputs.T @ (weights * share)
    cross = _product(inputs, weights * apart, taken)
    cross[np.arange(features.size), features] = 0.0
    return _joined(
        gram,
        _product(inputs, weights * share, groups),
        _product(groups, weights, groups),
        cross,
        _product(groups, weights * (1 - share), taken),
    )


def prefix_moments(
    shown: csr_array, rest: csr_array, groups: csr_array, *, weights: NDArray[np.float64], features: NDArray[np.int64]
) -> Moments:
    """The moments of the prefix view: `shown` and `rest` are what each person took first and afterwards. Else as above."""
    inputs = shown[:, features]
    return _joined(
        _product(inputs, weights, inputs),
        _product(inputs, weights, groups),
        _product(groups, weights, groups),
        _product(inputs, weights, rest),
        _product(groups, weights, rest),
    )


def _counts(taken: csr_array) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.diff(taken.indptr).astype(np.int64)
    if (counts == 0).any():
        raise ValueError("everybody must have taken an item")
    return counts


def _product(left: csr_array, weights: NDArray[np.float64], right: csr_array) -> NDArray[np.float64]:
    """float64[columns of left, columns of right]: leftᵀ diag(weights) right."""
    product: NDArray[np.float64] = (left.T @ (diags_array(weights) @ right)).toarray()
    return product


def _joined(
    items: NDArray[np.float64],
    items_groups: NDArray[np.float64],
    groups: NDArray[np.float64],
    items_rest: NDArray[np.float64],
    groups_rest: NDArray[np.float64],
) -> Moments:
    gram = np.block([[items, items_groups], [items_groups.T, groups]])
    return Moments(gram, np.concatenate([items_rest, groups_rest]), len(items))
