# The peer of 14-glmnet.sql: glmnet on the same rows, transfer included.
# Prints the seconds of each part.
suppressPackageStartupMessages({
    library(RPostgreSQL)
    library(glmnet)
})
elapsed <- function(expression) unname(system.time(expression)["elapsed"])

con <- dbConnect(PostgreSQL(), host = Sys.getenv("PGHOST"), port = Sys.getenv("PGPORT"),
                 user = Sys.getenv("PGUSER"), dbname = Sys.getenv("PGDATABASE"))
columns <- paste0("x[", 1:20, "] AS x", 1:20, collapse = ", ")
transfer <- elapsed(rows <- dbGetQuery(con, paste("SELECT y, w,", columns, "FROM regressors")))
ready <- elapsed(x <- as.matrix(rows[, -(1:2)]))
# ridge: a path of 100 penalties, one for all variables, none chosen
fit <- elapsed(glmnet(x, rows$y, weights = rows$w, alpha = 0))
cat(sprintf("transfer %.3f\nmatrix %.3f\nglmnet %.3f\n", transfer, ready, fit))
invisible(dbDisconnect(con))
