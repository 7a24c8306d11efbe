# The peer of 15-statsmodels.sql: WLS on the same rows, transfer included.
# Prints the seconds of each part, then coefficients and standard errors.
import io
import time

import numpy as np
import psycopg2
import statsmodels.api as sm


def elapsed(since):
    return time.perf_counter() - since


columns = ", ".join(f"x[{j}]" for j in range(1, 21))
start = time.perf_counter()
buffer = io.StringIO()
with psycopg2.connect("") as con, con.cursor() as cur:
    cur.copy_expert(f"COPY (SELECT y, w, {columns} FROM regressors) TO STDOUT WITH (FORMAT csv)", buffer)
rows = np.fromstring(buffer.getvalue().replace("\n", ","), sep=",").reshape(-1, 22)
transfer = elapsed(start)
start = time.perf_counter()
fit = sm.WLS(rows[:, 0], sm.add_constant(rows[:, 2:]), weights=rows[:, 1]).fit()
values = np.concatenate([fit.params, fit.bse])
print(f"transfer {transfer:.3f}\nwls {elapsed(start):.3f}")
print("errors", " ".join(f"{v:.15g}" for v in values))
