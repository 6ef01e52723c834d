"""The line is cut while an operation goes up to a server with all that Dovecot has: each took effect once."""

from support.cut_rounds import check_sample


def test_cuts_in_both_directions(folder):
    check_sample(folder, "full", seed=1, connections=4)
