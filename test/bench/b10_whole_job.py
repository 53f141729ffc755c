"""The whole job of a Python user: fetch the rows, fit, fetch the rows to score, predict, write the scores back.

    python b10_whole_job.py RELATION TARGET ID N_TREES MAX_DEPTH SEED N_JOBS

RELATION_train is fitted, RELATION (with its key ID) is scored into bench_scored.  Prints wall seconds of fetch,
fit, fetch of the rows to score, predict and write back, CPU seconds of all, and the sum of the scores.
With no arguments but "peers" it prints the peer, if it is installed, with its version.
"""
import sys

import b5_training as b5


def write_scores(connection, ids, scores):
    """COPY binary of an array in the wire format: 2 values a row, each with its length."""
    import numpy as np

    row = np.dtype([("n", ">i2"), ("id_bytes", ">i4"), ("id", ">i8"), ("score_bytes", ">i4"), ("score", ">f8")])
    rows = np.empty(len(ids), dtype=row)
    rows["n"], rows["id_bytes"], rows["score_bytes"] = 2, 8, 8
    rows["id"], rows["score"] = ids, scores
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_scored")
        cursor.execute("CREATE TABLE bench_scored (id bigint, score float8)")
        with cursor.copy("COPY bench_scored FROM STDIN (FORMAT binary)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\0" + b"\0" * 8)
            copy.write(rows.tobytes())
            copy.write(b"\xff\xff")
    connection.commit()


def main():
    import numpy as np
    import psycopg

    relation, target, id_column = sys.argv[1:4]
    n_trees, max_depth, seed, n_jobs = (int(argument) for argument in sys.argv[4:])
    whole, walls = b5.Watch(), []
    with psycopg.connect() as connection:
        watch = b5.Watch()
        rows, labels = b5.fetch(connection, relation + "_train", target)
        walls.append(watch.read()[1])
        forest = b5.make_forest("scikit-learn", *rows.shape, (n_trees, max_depth, 1, seed, n_jobs, 0))
        watch = b5.Watch()
        forest.fit(rows, labels)
        walls.append(watch.read()[1])
        watch = b5.Watch()
        columns = [f'"{name}"' for name in b5.columns_of(connection, relation + "_train") if name != target]
        scored, ids = b5.fetch(connection, f'(SELECT {", ".join(columns)}, "{id_column}" FROM {relation}) AS scored', id_column)
        walls.append(watch.read()[1])
        watch = b5.Watch()
        scores = forest.predict_proba(scored)[:, 1]
        walls.append(watch.read()[1])
        watch = b5.Watch()
        write_scores(connection, ids.astype(np.int64), scores)
        walls.append(watch.read()[1])
        cpu = whole.read()[0]
        # reading back is no part of the job
        written = connection.execute("SELECT count(*), sum(score) FROM bench_scored").fetchone()
        connection.execute("DROP TABLE bench_scored")
        if written[0] != len(scores):
            sys.exit(f"{written[0]} scores were written back, not {len(scores)}")
    print(*(f"{x:.3f}" for x in walls), f"{cpu:.3f} {written[1]:.1f}")


if __name__ == "__main__":
    if sys.argv[1:] == ["peers"]:
        b5.print_peers()
    else:
        main()
