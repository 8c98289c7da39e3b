# Load, adapt, predict, search, and what can fail:
#   R CMD SHLIB help.c && Rscript latency.R MODEL
source("help.R")

# Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's NAS-Bench-201 table).
measured <- c(8.069698, 19.551933, 2.826915, 20.097734, 25.759504,
              25.596895, 24.430082, 57.129456, 10.544924, 98.88752)
# A stand-in for an accuracy predictor: what each operation contributes.
worth <- c(0, 0.25, 0.5, 1, 0.125)
accuracy <- function(archs) colSums(matrix(worth[archs + 1L], nrow = nrow(archs)))

cat(help_version(), "\n", sep = "")
model <- help_load(commandArgs(trailingOnly = TRUE)[1])
device <- adapt(model, references(model), measured)

ms <- predict(device, draw(model, 1000, seed = 1))
cat(sum(ms <= 20), "of 1000 networks take at most 20 ms\n")

found <- search_within(device, 20, accuracy, top_k = 3)
cat(sprintf("%.2f ms, accuracy %.3f: %s\n", found$ms, found$accuracy,
            notation(model, found$archs)), sep = "")

tryCatch(search_within(device, 0.5, accuracy),
         error = function(e) cat("infeasible: ", conditionMessage(e), "\n", sep = ""))

tryCatch(search_within(device, 20, function(archs) stop("the accuracy service is down")),
         error = function(e) cat("the callback failed: ", conditionMessage(e), "\n", sep = ""))
