"""The public network instances: bounds as printed, a policy better than the printed ones."""

from pathlib import Path

import numpy as np
import pytest

from pricing import topaloglu
from pricing.data import BadInput

FOLDER = Path(__file__).parents[3] / "shared/data/topaloglu"
TINY = """2  # periods
2
1 0 1
0 1 1
3
0 1 0 10
1 0 0 20
1 1 0 30
0 [ 0 1 0 ] 0.5 [ 1 0 0 ] 0.25
1 [ 1 0 0 ] 0.5
"""


def test_reads_the_layout(tmp_path):
    path = tmp_path / "rm_tiny.txt"
    path.write_text(TINY)
    one = topaloglu.read_instance(path)
    assert one.capacity.tolist() == [1, 1]
    assert one.uses.tolist() == [[0, 1, 1], [1, 0, 1]]
    assert one.chance.tolist() == [[0.5, 0.25, 0], [0, 0.5, 0]]


def test_a_single_leg_value_by_hand(tmp_path):
    path = tmp_path / "rm_tiny.txt"
    path.write_text(TINY)
    value = topaloglu.leg_values(topaloglu.read_instance(path), np.zeros(2))
    # leg 0, one seat: 0.5 * 20 in the last period, then 10 + 0.25 * (20 - 10)
    assert value[:, 0, 1].tolist() == [12.5, 10, 0]


@pytest.mark.parametrize("broken", ["2\n2\n1 0 x\n", "2\n2\n1 0 1\n", "nothing"])
def test_a_broken_file_is_refused(tmp_path, broken):
    path = tmp_path / "rm_broken.txt"
    path.write_text(broken)
    with pytest.raises(BadInput, match="rm_broken"):
        topaloglu.read_instance(path)


def test_a_folder_without_instances_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no instance"):
        topaloglu.run(tmp_path)


@pytest.mark.skipif(not FOLDER.exists(), reason="the public instances are not beside the project")
def test_bounds_as_printed_and_a_policy_above_the_printed_best():
    lines = topaloglu.run(FOLDER, paths=300, peer_paths=4)
    for line in lines:
        assert abs(line.bound - line.published[0]) <= 1
        assert line.ours <= line.bound + 3 * line.ours_error
    ours, _, best, _ = topaloglu.mean_shares(lines)
    assert ours > best
    assert ours > 0.970
    assert "mean" in topaloglu.report(lines)
