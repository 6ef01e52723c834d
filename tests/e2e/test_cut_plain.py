"""The line is cut while an operation goes up to a server that has RFC 3501 alone: each took effect once."""

from support.cut_rounds import check_sample


def test_cuts_in_both_directions(folder):
    check_sample(folder, "plain", seed=3)
