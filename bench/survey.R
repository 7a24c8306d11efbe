# The peer of 3-r.sql: R survey on the same rows, transfer included.
# Prints the seconds of each part, then the standard errors it found.
suppressPackageStartupMessages({
    library(RPostgreSQL)
    library(survey)
})
elapsed <- function(expression) unname(system.time(expression)["elapsed"])

con <- dbConnect(PostgreSQL(), host = Sys.getenv("PGHOST"), port = Sys.getenv("PGPORT"),
                 user = Sys.getenv("PGUSER"), dbname = Sys.getenv("PGDATABASE"))
transfer <- elapsed(rows <- dbGetQuery(con, "SELECT y, subgroup, w, stratum, psu FROM tenth"))
design <- elapsed(d <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = rows, nest = TRUE))
means <- elapsed({
    by <- svyby(~y, ~subgroup, d, svymean, covmat = TRUE)
    gap <- svycontrast(by, c(1, -1))
})
cat(sprintf("transfer %.3f\nsvydesign %.3f\nsvyby %.3f\n", transfer, design, means))
cat(sprintf("errors %.15g %.15g %.15g\n", SE(by)[1], SE(by)[2], SE(gap)))
invisible(dbDisconnect(con))
