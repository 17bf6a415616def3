"""Reference numbers for @normlab/experiments, from SciPy.

    python3 -m venv .venv && .venv/bin/pip install scipy==1.17.1 numpy==2.4.6
    .venv/bin/python vectors/make_statistics.py

The samples are written out here, so that nothing is random.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

BN = [0.7312, 0.7287, 0.7341, 0.7298, 0.7325]
NOBN = [0.7290, 0.7301, 0.7318, 0.7279, 0.7332]
CBN_ALL = [0.6951, 0.7012, 0.6998, 0.6967, 0.7003]
SMALL = [0.912, 0.905, 0.917]


def one_sample(values):
    values = np.array(values)
    test = stats.ttest_1samp(values, 0)
    interval = test.confidence_interval(0.95)
    return {
        "values": values.tolist(),
        "mean": values.mean(),
        "sd": values.std(ddof=1),
        "interval": [interval.low, interval.high],
        "t": test.statistic,
        "p": test.pvalue,
        "pBelow": stats.ttest_1samp(values, 0, alternative="less").pvalue,
        "pAbove": stats.ttest_1samp(values, 0, alternative="greater").pvalue,
    }


def tost(values, margin):
    values = np.array(values)
    low = stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    high = stats.ttest_1samp(values, margin, alternative="less").pvalue
    interval = stats.ttest_1samp(values, 0).confidence_interval(0.90)
    return {
        "values": values.tolist(),
        "margin": margin,
        "p": max(low, high),
        "interval": [interval.low, interval.high],
    }


def sign_flip(values):
    """scipy's permutation test, all sign flips, with the sum as the statistic."""
    result = stats.permutation_test(
        (np.array(values),),
        lambda d, axis: np.sum(d, axis=axis),
        permutation_type="samples",
        n_resamples=np.inf,
        alternative="two-sided",
    )
    # The two-sided p of a statistic that is symmetric about 0.
    d = np.array(values)
    sums = [abs(np.dot(signs, d)) for signs in itertools.product([1, -1], repeat=len(d))]
    p = float(np.mean(np.array(sums) >= abs(d.sum()) * (1 - 1e-12)))
    assert abs(result.pvalue - p) < 1e-12, (result.pvalue, p)
    return {"values": list(values), "p": p}


def welch(a, b):
    test = stats.ttest_ind(a, b, equal_var=False)
    interval = test.confidence_interval(0.95)
    return {
        "values": a,
        "reference": b,
        "t": test.statistic,
        "freedom": test.df,
        "p": test.pvalue,
        "interval": [interval.low, interval.high],
    }


def clopper_pearson(k, n, level):
    interval = stats.binomtest(k, n).proportion_ci(level, method="exact")
    return {"successes": k, "trials": n, "level": level, "interval": [interval.low, interval.high]}


def sign_test(values):
    """The exact sign test of the median, and the interval between order statistics."""
    below, above = sum(v < 0 for v in values), sum(v > 0 for v in values)
    interval = stats.quantile_test(values, q=0, p=0.5).confidence_interval(0.95)
    return {
        "values": values,
        "median": float(np.median(values)),
        # NaN where the sample is too small: JSON has none.
        "interval": None if np.isnan([interval.low, interval.high]).any() else [interval.low, interval.high],
        "pBelow": stats.binomtest(below, below + above, 0.5, alternative="greater").pvalue,
        "pAbove": stats.binomtest(above, below + above, 0.5, alternative="greater").pvalue,
    }


def noncentral(t, freedom, delta):
    return {"t": t, "freedom": freedom, "noncentrality": delta, "p": stats.nct.cdf(t, freedom, delta)}


def difference_power(n, sd, effect, alpha):
    bound = stats.t.ppf(1 - alpha / 2, n - 1)
    delta = effect * np.sqrt(n) / sd
    power = stats.nct.sf(bound, n - 1, delta) + stats.nct.cdf(-bound, n - 1, delta)
    return {"n": n, "sd": sd, "effect": effect, "alpha": alpha, "power": power}


def tost_power(n, sd, effect, margin, alpha):
    """The integral over the chi density, by SciPy's adaptive quadrature."""
    from scipy.integrate import quad

    error = sd / np.sqrt(n)
    bound = stats.t.ppf(1 - alpha, n - 1)
    root = np.sqrt(n - 1)

    def inside(s):
        width = bound * s
        chance = stats.norm.cdf((margin - effect) / error - width) - stats.norm.cdf(
            (-margin - effect) / error + width
        )
        return chance * root * stats.chi.pdf(root * s, n - 1)

    power, _ = quad(inside, 0, margin / (error * bound), epsabs=1e-13, epsrel=1e-13, limit=200)
    return {"n": n, "sd": sd, "effect": effect, "margin": margin, "alpha": alpha, "power": power}


def shape(name, values):
    """Moments by n, and the distance to the normal of the same mean and sd."""
    values = np.array(values)
    mean, sd = values.mean(), values.std()
    return {
        "name": name,
        "values": values.tolist(),
        "mean": mean,
        "sd": sd,
        "skew": stats.skew(values),
        "excessKurtosis": stats.kurtosis(values),
        "ks": stats.ks_1samp(values, stats.norm(mean, sd).cdf).statistic,
    }


def quantiles(distribution, n):
    """n values spread as the distribution is, short enough to be written out."""
    return [round(float(x), 4) for x in distribution.ppf((np.arange(n) + 0.5) / n)]


def differences(a, b):
    return [x - y for x, y in zip(a, b)]


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value


def main():
    nobn = differences(NOBN, BN)
    cbn_all = differences(CBN_ALL, BN)
    vectors = {
        "scipy": scipy.__version__,
        "numpy": np.__version__,
        "oneSample": [one_sample(values) for values in (BN, SMALL, nobn, cbn_all, [0.01, 0.03])],
        "tost": [tost(nobn, 0.005), tost(nobn, 0.001), tost(cbn_all, 0.005), tost([0.01, 0.011], 0.02)],
        "signTest": [
            sign_test(values)
            for values in (
                [-0.02, 0.01, -0.03],
                [-0.02, -0.011, 0.004, -0.013, -0.5, -0.018],
                quantiles(stats.norm(-0.01, 0.03), 30),
                quantiles(stats.lognorm(0.8, loc=-1), 31),
                [0, 0, *quantiles(stats.norm(0.02, 0.03), 200)],
            )
        ],
        "signFlip": [sign_flip(values) for values in (nobn, cbn_all, [1.0, -2.0, 3.0], [0.1, 0.2, 0.3, -0.6])],
        "welch": [welch(NOBN, BN), welch(SMALL, CBN_ALL), welch([1.0, 2.0], [1.5, 9.0, 4.0])],
        "clopperPearson": [
            clopper_pearson(912, 1000, 0.95),
            clopper_pearson(0, 10, 0.95),
            clopper_pearson(10, 10, 0.95),
            clopper_pearson(6694, 10000, 0.9),
        ],
        "noncentralT": [
            noncentral(*case)
            for case in [(2.0, 4, 1.0), (2.776, 4, 3.0), (-2.776, 4, 3.0), (1.7, 30, 0.5), (4.3, 2, 2.0), (0.5, 1, 0.2), (1.9, 1699, 2.5)]
        ],
        "differencePower": [difference_power(5, 0.004, 0.005, 0.05), difference_power(12, 1.0, 0.9, 0.01)],
        "equivalencePower": [
            tost_power(5, 0.0025, 0.0, 0.005, 0.05),
            tost_power(10, 0.005, 0.001, 0.005, 0.05),
            tost_power(40, 0.005, 0.0, 0.0025, 0.05),
            tost_power(2, 0.001, 0.0, 0.005, 0.05),
            tost_power(1700, 0.07, 0.0, 0.005, 0.05),
        ],
        "shapes": [
            shape("a normal sample", quantiles(stats.norm(3, 2), 200)),
            shape("an exponential sample", quantiles(stats.expon(), 150)),
            shape("a heavy-tailed sample", quantiles(stats.t(3), 400)),
            shape("a sample with many zeros", [0.0] * 60 + quantiles(stats.halfnorm(), 60)),
            shape("accuracies", BN + NOBN + CBN_ALL),
        ],
    }
    path = Path(__file__).parent / "statistics" / "statistics.json"
    path.write_text(json.dumps(plain(vectors), indent=1) + "\n")


if __name__ == "__main__":
    main()
