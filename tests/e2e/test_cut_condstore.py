"""The line is cut while an operation goes up to a server without QRESYNC: each took effect once."""

from support.cut_rounds import check_sample


def test_cuts_in_both_directions(folder):
    check_sample(folder, "condstore", seed=2)
