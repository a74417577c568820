"""Analyse by Obuchowski-Rockette, and compare with another program's tests."""

from observers.analysis.covariance import (
    covariances,
)
from observers.analysis.mrmc import obuchowski_rockette
from tests.golden.reference import close


def analysed(readings, method="jackknife"):
    n_r, n_m, n_c = readings.shape
    score = readings.score.reshape(-1, n_c)
    auc, by_method = covariances(readings.truth, score)
    return obuchowski_rockette(auc.reshape(n_r, n_m), by_method[method])


def close_test(result, statistic, df, p):
    close(result.statistic, statistic)
    close(result.df, df)
    close(result.p, p)


def close_difference(result, row, statistic, p):
    close(result.estimate, row["Estimate"])
    close(result.se, row["StdErr"])
    close(result.statistic, row[statistic])
    close(result.p, row[p])


def first(result, shape):
    auc, by_method = result
    return auc.reshape(shape), by_method["jackknife"]
