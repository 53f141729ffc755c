"""Metrics of scores and calibration on made-up rows, by rational numbers, scikit-learn and scipy.

    python3 scores.py SEED ROWS ANSWERS

Writes the rows (frame, score, label, weight) and what follows from them (frame, metric, by, value, tolerance).
Tolerance 0: the value is a ratio of integers or of sums of the stored doubles, rounded once.  Weights stand for
repeated rows; those that are no whole numbers are checked within a tolerance alone.
"""
import csv
import sys
from fractions import Fraction

import numpy as np
from scipy.optimize import minimize
from scipy.stats import chi2, ks_2samp, norm
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

CLIP = 1e-15
N_BINS = (3, 10, 40)


def make_frames(seed):
    """Scores, labels and weights of each frame: smooth, tied, extreme; weights 1, whole, not whole, far apart."""
    random = np.random.default_rng(seed)
    frames = []
    for n, digits, weighting in ((2, 3, 1), (30, 1, 1), (200, 2, 1), (400, 17, 1), (60, 1, 2), (300, 17, 2), (80, 1, 3),
                                 (300, 2, 3), (50, 2, 4), (120, 6, 1)):
        p = random.beta(1.5, 3, n)
        label = random.random(n) < p ** 1.3
        label[0], label[1] = True, False
        score = np.round(p, digits) if digits < 17 else p
        if digits == 6:
            score = np.round(1 / (1 + np.exp(-random.normal(0, 9, n))), 6)
        weight = {1: np.ones(n), 2: random.integers(1, 6, n), 3: random.integers(1, 60, n) / 10,
                  4: 10.0 ** random.integers(-8, 8, n)}[weighting].astype(float)
        frames.append((score, label, weight))
    return frames


def points_of(score, label, weight):
    """Distinct scores, ascending, with the exact weight of the positives and of the negatives."""
    points = {}
    for s, y, w in zip(score, label, weight):
        both = points.setdefault(float(s), [Fraction(0), Fraction(0)])
        both[0 if y else 1] += Fraction(float(w))
    return [(s, *points[s]) for s in sorted(points)]


def order_exactly(points):
    n_1, n_0 = sum(p for _, p, _ in points), sum(q for _, _, q in points)
    pairs, greatest, below, positives = Fraction(0), Fraction(0), Fraction(0), Fraction(0)
    for _, p, q in points:
        pairs += p * (below + q / 2)
        below += q
        positives += p
        greatest = max(greatest, abs(positives / n_1 - below / n_0))
    return pairs / n_1 / n_0, greatest


def brier_exactly(points):
    total = sum(p + q for _, p, q in points)
    return sum(p * (1 - Fraction(s)) ** 2 + q * Fraction(s) ** 2 for s, p, q in points) / total


def bins_of(points, n_bins):
    """Weight, sum of scores and positives of each bin: it closes where the cumulative weight reaches b n / n_bins."""
    total, cumulative, closed = sum(p + q for _, p, q in points), Fraction(0), 0
    bins, current = [], [Fraction(0)] * 3
    for s, p, q in points:
        cumulative += p + q
        current = [current[0] + p + q, current[1] + (p + q) * Fraction(s), current[2] + p]
        if cumulative * n_bins >= (closed + 1) * total:
            closed = int(cumulative * n_bins / total)
            bins.append(current)
            current = [Fraction(0)] * 3
    assert current[0] == 0
    return bins


def delong_variance(score, label, weight):
    positive, negative = score[label], score[~label]
    w_1, w_0 = weight[label], weight[~label]
    psi = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    v10, v01 = psi @ w_0 / w_0.sum(), w_1 @ psi / w_1.sum()
    auc = w_1 @ v10 / w_1.sum()
    return (w_1 @ (v10 - auc) ** 2 / (w_1.sum() - 1) / w_1.sum() + w_0 @ (v01 - auc) ** 2 / (w_0.sum() - 1) / w_0.sum())


def calibration_line(score, label, weight):
    """The likeliest line by scipy; None if a cutoff divides the classes."""
    p = np.clip(score, CLIP, 1 - CLIP)
    if p[~label].max() <= p[label].min() or p[label].max() <= p[~label].min():
        return None
    x, w = np.log(p / (1 - p)), weight / weight.sum()

    def loss(line):
        return np.sum(w * np.logaddexp(0, np.where(label, -1, 1) * (line[0] + line[1] * x)))

    def gradient(line):
        rest = w * (1 / (1 + np.exp(-line[0] - line[1] * x)) - label)
        return np.array([rest.sum(), rest @ x])

    def curvature(line):
        q = 1 / (1 + np.exp(-line[0] - line[1] * x))
        h = w * q * (1 - q)
        return np.array([[h.sum(), h @ x], [h @ x, h @ (x * x)]])

    line = minimize(loss, [0.0, 1.0], jac=gradient, hess=curvature, method="trust-exact", options={"gtol": 1e-9}).x
    for _ in range(5):
        line = line - np.linalg.solve(curvature(line), gradient(line))
    assert np.abs(gradient(line)).max() < 1e-14
    return line


def answers_of(score, label, weight):
    points = points_of(score, label, weight)
    is_counted = bool((weight == np.floor(weight)).all())
    exactly = (lambda name, value: (name, "fractions", float(value), 0 if is_counted else 1e-13))
    auc, ks = order_exactly(points)
    yield exactly("roc_auc", auc)
    yield exactly("ks_score", ks)
    yield exactly("brier_score", brier_exactly(points))
    yield "roc_auc", "scikit-learn", roc_auc_score(label, score, sample_weight=weight), 1e-12
    yield "brier_score", "scikit-learn", brier_score_loss(label, score, sample_weight=weight), 1e-12
    # scikit-learn clips the probability of the positive class, and so a certain and wrong row at 1 - (1 - 1e-15)
    of_class = np.clip(np.where(label, score, 1 - score), CLIP, 1 - CLIP)
    yield "log_loss", "numpy", -weight @ np.log(of_class) / weight.sum(), 1e-12
    if 0 < score.min() and score.max() < 1:
        yield "log_loss", "scikit-learn", log_loss(label, score, sample_weight=weight), 1e-12
    yield "average_precision", "scikit-learn", average_precision_score(label, score, sample_weight=weight), 1e-12
    if (weight == 1).all():
        yield "ks_score", "scipy", ks_2samp(score[label], score[~label]).statistic, 1e-12
    if weight[label].sum() >= 2 and weight[~label].sum() >= 2:
        margin = norm.ppf(0.975) * np.sqrt(delong_variance(score, label, weight))
        yield "ci_low", "numpy", max(float(auc) - margin, 0), 1e-12
        yield "ci_high", "numpy", min(float(auc) + margin, 1), 1e-12
    for n_bins in N_BINS:
        bins = bins_of(points, n_bins)
        gaps = [abs(s - o) for _, s, o in bins]
        yield exactly(f"expected_{n_bins}", sum(gaps) / sum(n for n, _, _ in bins))
        yield exactly(f"max_{n_bins}", max(g / n for g, (n, _, _) in zip(gaps, bins)))
        if len(bins) > 2 and all(0 < s < n for n, s, _ in bins):
            statistic = float(sum(g * g / (s * (1 - s / n)) for g, (n, s, _) in zip(gaps, bins)))
            yield f"statistic_{n_bins}", "fractions", statistic, 1e-13 * (1 + statistic)
            yield f"p_value_{n_bins}", "scipy", chi2.sf(statistic, len(bins) - 2), 1e-12
    line = calibration_line(score, label, weight)
    if line is not None:
        yield "slope", "scipy", line[1], 1e-10
        yield "intercept", "scipy", line[0], 1e-10


def main():
    frames = make_frames(int(sys.argv[1]))
    with open(sys.argv[2], "w", newline="") as rows, open(sys.argv[3], "w", newline="") as answers:
        rows, answers = csv.writer(rows, lineterminator="\n"), csv.writer(answers, lineterminator="\n")
        rows.writerow(["frame", "score", "label", "weight"])
        answers.writerow(["frame", "metric", "by", "value", "tolerance"])
        for i, (score, label, weight) in enumerate(frames):
            rows.writerows([i, repr(float(s)), bool(y), repr(float(w))] for s, y, w in zip(score, label, weight))
            answers.writerows([i, name, by, repr(float(value)), tolerance] for name, by, value, tolerance in answers_of(score, label, weight))


if __name__ == "__main__":
    main()
