"""Two browsers that ask for the same score at once: the server computes it once."""

import threading
import time

from coreset_engine import scores
from coreset_engine.sources import Sources


def test_the_same_score_asked_for_at_once_is_computed_once(tiny_run, monkeypatch):
    computed = []

    def slow(read, method, **options):
        computed.append(method)
        time.sleep(0.3)
        return tiny_run.error_norms[0].astype(float)

    monkeypatch.setattr(scores, "score", slow)
    sources, found = Sources.of(tiny_run), []
    threads = [threading.Thread(target=lambda: found.append(sources.score("aum", {}))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert computed == ["aum"]
    assert len({id(values) for values in found}) == 1
