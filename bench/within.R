# The peer of 12-within-peers.sql: plm on the same rows, transfer included.
# Prints the seconds of each part, then estimates and standard errors.
suppressPackageStartupMessages({
    library(RPostgreSQL)
    library(plm)
})
# plm makes a factor of the wave in its index, hence the second column
elapsed <- function(expression) unname(system.time(expression)["elapsed"])

con <- dbConnect(PostgreSQL(), host = Sys.getenv("PGHOST"), port = Sys.getenv("PGPORT"),
                 user = Sys.getenv("PGUSER"), dbname = Sys.getenv("PGDATABASE"))
transfer <- elapsed(rows <- dbGetQuery(con, "SELECT person, wave, wave AS years, (wave = 7)::int AS after, score FROM visits"))
fit <- elapsed(m <- plm(score ~ years + after, data = rows, index = c("person", "wave"), model = "within"))
errors <- elapsed(v <- vcovHC(m, type = "sss", cluster = "group"))
cat(sprintf("transfer %.3f\nplm %.3f\nvcov %.3f\n", transfer, fit, errors))
cat("errors", sprintf("%.15g", c(coef(m), sqrt(diag(v)))), "\n")
invisible(dbDisconnect(con))
