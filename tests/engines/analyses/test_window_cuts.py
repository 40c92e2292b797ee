"""Windows between borders which are told as time goes on."""

from lttngx.analyses.windows import FOREVER, Cuts


def test_borders_make_windows():
    cuts = Cuts()
    assert cuts.index(5) == 0 and cuts.bounds(0) == (-FOREVER, FOREVER)
    assert cuts.cut(10) and cuts.cut(20) and not cuts.cut(20)
    assert [cuts.index(time) for time in (9, 10, 19, 20, 99)] == [0, 1, 1, 2, 2]
    assert [cuts.bounds(index) for index in range(3)] == [(-FOREVER, 10), (10, 20), (20, FOREVER)]


def test_what_is_forgotten_leaves_numbers_as_they_are():
    cuts, windows = Cuts(), {}
    for time in range(10, 60, 10):
        cuts.cut(time)
    windows = dict.fromkeys(range(6))
    before = [(cuts.index(time), cuts.bounds(cuts.index(time))) for time in (30, 35, 45, 70)]
    cuts.forget(35, windows)
    assert set(windows) == {3, 4, 5}
    assert [(cuts.index(time), cuts.bounds(cuts.index(time))) for time in (30, 35, 45, 70)] == before
    cuts.forget(36, windows)
    assert set(windows) == {3, 4, 5} and cuts.cut(60) and cuts.index(60) == 6


def test_what_is_asked_for():
    assert Cuts().holds(-5, 10**18)
    assert Cuts(10, 20).holds(10, 20) and not Cuts(10, 20).holds(9, 15) and not Cuts(10, 20).holds(15, 21)
