"""The schedule and the events are what the seed says, and come to all there is."""

import itertools

from . import schedule
from .events import Events

_OPTIONS = [dict(nodes=nodes, small_disk=disk, tight=tight)
            for nodes, disk, tight in itertools.product((1, 3), (False, True), (False, True))]


def test_the_same_seed_gives_the_same_faults_and_events():
    for options in _OPTIONS:
        assert schedule.tracks(7, 300, **options) == schedule.tracks(7, 300, **options)
        assert schedule.tracks(7, 300, **options) != schedule.tracks(8, 300, **options)
    first, again, other = Events(7, "k"), Events(7, "k"), Events(8, "k")
    events = [first.next() for _ in range(100)]
    assert events == [again.next() for _ in range(100)]
    assert events != [other.next() for _ in range(100)]


def test_steps_of_a_track_do_not_overlap_and_end_in_time():
    for seed, options in itertools.product(range(20), _OPTIONS):
        for track in schedule.tracks(seed, 120, **options):
            assert track
            ends = [step.at + step.seconds for step in track]
            assert all(step.at > end for step, end in zip(track[1:], ends))
            assert track[0].at >= schedule.QUIET and ends[-1] <= 120.1


def test_a_short_run_has_each_fault():
    faults = {1: {"broker-stop", "broker-kill", "broker-pause", "broker-flap"},
              3: {"leader-stop", "leader-kill", "leader-pause", "leader-flap", "two-pause", "two-kill"}}
    for seed, nodes in itertools.product(range(20), (1, 3)):
        kafka, bridge = schedule.tracks(seed, 75, nodes=nodes, small_disk=True, tight=True)
        assert {step.fault for step in kafka} >= faults[nodes]
        assert {step.fault for step in bridge} == {"bridge-kill", "bridge-restart", "slow-clients", "disk-full"}
