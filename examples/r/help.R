# libhelp for R.  Architectures are the columns of an integer matrix, a gene in each row.
dyn.load(paste0("help", .Platform$dynlib.ext))

help_version <- function() .Call("version", PACKAGE = "help")

help_load <- function(path) {
  handle <- .Call("load", path, PACKAGE = "help")
  space <- .Call("space", handle, PACKAGE = "help")
  structure(list(handle = handle, space = space), class = "help_model")
}

# The architectures to measure on a device.
references <- function(model) .Call("references", model$handle, model$space, PACKAGE = "help")

# n different architectures.
draw <- function(model, n, seed = 0) {
  .Call("sample", model$space, as.integer(n), as.double(seed), PACKAGE = "help")
}

# Architectures in the space's notation.
notation <- function(model, archs) .Call("format", model$space, archs, PACKAGE = "help")

# A predictor of the device on which these architectures take ms milliseconds.
adapt <- function(model, archs, ms) {
  stopifnot(is.matrix(archs), is.integer(archs), ncol(archs) == length(ms))
  handle <- .Call("adapt", model$handle, archs, as.double(ms), PACKAGE = "help")
  structure(list(handle = handle, space = model$space), class = "help_predictor")
}

# Milliseconds of each architecture.
predict.help_predictor <- function(object, archs, ...) {
  stopifnot(is.matrix(archs), is.integer(archs))
  .Call("predict", object$handle, archs, PACKAGE = "help")
}

# The most accurate architectures within limit milliseconds, best first.  accuracy gets a matrix
# and returns a number for each column; its errors end the search and are raised here.
search_within <- function(predictor, limit, accuracy, top_k = 10L) {
  failure <- simpleError("accuracy did not return a number for each column")
  score <- function(archs) tryCatch(accuracy(archs), error = function(e) {
    failure <<- e
    NULL
  })
  found <- .Call("search", predictor$handle, limit, as.integer(top_k), score, environment(),
                 predictor$space, PACKAGE = "help")
  if (is.null(found)) stop(failure)
  best <- seq_len(found$count)
  list(archs = found$archs[, best, drop = FALSE], accuracy = found$accuracy[best],
       ms = found$ms[best])
}
