"""``outliers(query by {group}, algorithm, tolerance, percentage)``: groups that deviate from the others.

The algorithms follow the public documentation; the constants that it leaves open are our own: distances are
scaled by 1.4826 (the median absolute deviation as a standard deviation), and the ``scaled`` forms never
report a member within a tenth of the metric's own magnitude at a tolerance of 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heeler.analytics.array_tools import MAD_TO_SD, Floats, Mask, finite, median

#: Minimum number of members for a majority.
MEMBERS_NEEDED = 3
#: Minimum ``scaled`` threshold as a fraction of the metric's magnitude, for a tolerance of 1.
SCALED_PART = 0.1

ALGORITHMS = {"dbscan": "DBSCAN", "mad": "MAD", "scaleddbscan": "scaledDBSCAN", "scaledmad": "scaledMAD"}


@dataclass(frozen=True, slots=True)
class Outliers:
    """``mask``: bool [g], the members that are outliers. ``note``: why there is no result, or empty."""

    mask: Mask
    note: str = ""


def outliers(values: Floats, algorithm: str, tolerance: float = 3.0, percentage: float = 20.0) -> Outliers:
    """Members of ``values`` (float64 [g, n], NaN for missing) that differ from the rest.

    ``algorithm``: DBSCAN, MAD, scaledDBSCAN or scaledMAD in any case. ``percentage``: for MAD, the share of a
    member's points that must be far out. A member without points is no outlier. Raises ``ValueError``.
    """
    name = ALGORITHMS.get(algorithm.lower())
    if name is None:
        raise ValueError(
            f"Unknown outlier algorithm '{algorithm}': "
            "expected 'DBSCAN', 'MAD', 'scaledDBSCAN' or 'scaledMAD'."
        )
    if not tolerance > 0:
        raise ValueError(f"The tolerance of outliers() must be above 0, not {tolerance}.")
    known = finite(values)
    present = ~np.isnan(known).all(axis=1) if known.size else np.zeros(len(known), dtype=np.bool_)
    mask = np.zeros(len(known), dtype=np.bool_)
    if int(present.sum()) < MEMBERS_NEEDED:
        return Outliers(
            mask, f"outliers() needs at least {MEMBERS_NEEDED} groups with data: group the query."
        )
    scaled = name.startswith("scaled")
    if name.endswith("DBSCAN"):
        mask[present] = dbscan(known[present], tolerance, scaled)
    else:
        mask[present] = mad(known[present], tolerance, percentage, scaled)
    return Outliers(mask)


def dbscan(values: Floats, tolerance: float, scaled: bool = False) -> Mask:
    """Members outside the largest cluster.

    Each member is a point with as many dimensions as the window has buckets. Two are neighbors if their
    distance is at most tolerance x 1.4826 x the median distance to the median member. A missing point is
    placed at the median, and the distance is scaled up by the share of missing points, so that a sparse
    member is as far out as its known points are.
    """
    middle = median(values, axis=0)
    known = np.sum(~np.isnan(values), axis=1)
    alike = np.sqrt(np.sum(~np.isnan(middle)) / np.maximum(known, 1))
    away = np.nan_to_num(values - middle) * alike[:, None]
    squares = np.einsum("ij,ij->i", away, away)
    reach = MAD_TO_SD * float(np.median(np.sqrt(squares)))
    size = float(np.linalg.norm(np.nan_to_num(middle)))
    eps = tolerance * max(reach, SCALED_PART * size if scaled else 0.0, 1e-9 * size)
    apart = squares[:, None] + squares[None, :] - 2 * (away @ away.T)
    near = apart <= eps * eps + 1e-12 * max(float(squares.max()), 1e-300)
    labels = _clusters(near)
    sizes = np.bincount(labels)
    closest = np.full(len(sizes), np.inf)
    np.minimum.at(closest, labels, squares)
    largest = min(range(len(sizes)), key=lambda label: (-sizes[label], closest[label]))
    result: Mask = labels != largest
    return result


def _clusters(near: Mask) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Label of the connected component of each member of a symmetric neighbor matrix."""
    labels = np.full(len(near), -1, dtype=np.int64)
    for label, first in enumerate(range(len(near))):
        if labels[first] >= 0:
            continue
        front = np.zeros(len(near), dtype=np.bool_)
        front[first] = True
        while front.any():
            labels[front] = label
            front = near[front].any(axis=0) & (labels < 0)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def mad(values: Floats, tolerance: float, percentage: float, scaled: bool = False) -> Mask:
    """Members with more than ``percentage`` % of points farther than tolerance x MAD from the median of all
    points."""
    flat = values[~np.isnan(values)]
    middle = float(np.median(flat))
    reach = MAD_TO_SD * float(np.median(np.abs(flat - middle)))
    limit = tolerance * max(reach, SCALED_PART * abs(middle) if scaled else 0.0)
    far = np.abs(values - middle) > limit + 1e-9 * abs(middle)
    counts = np.maximum(np.sum(~np.isnan(values), axis=1), 1)
    result: Mask = 100 * far.sum(axis=1) / counts > percentage
    return result
