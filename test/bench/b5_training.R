# The fit of ranger's forest alone, from arrays in memory: R has no fast way to the server.
#
#   Rscript b5_training.R TRAIN.csv TEST.csv N_TREES MAX_DEPTH MIN_LEAF SEED N_JOBS
#
# The last column of the files is the label, 0 or 1.  Prints what b5_training.py prints, "-" for the
# parts that are not there; with no arguments but "peers" the version, if ranger is installed.
arguments <- commandArgs(trailingOnly = TRUE)

read_rows <- function(path) {
	header <- strsplit(readLines(path, n = 1), ",")[[1]]
	matrix(scan(path, sep = ",", skip = 1, quiet = TRUE), ncol = length(header), byrow = TRUE,
		dimnames = list(NULL, header))
}

memory_bytes <- function(field) {
	line <- grep(paste0("^", field), readLines("/proc/self/status"), value = TRUE)
	as.numeric(gsub("[^0-9]", "", line)) * 1024
}

area_under_curve <- function(labels, scores) {
	n_positive <- sum(labels)
	n_negative <- length(labels) - n_positive
	(sum(rank(scores)[labels == 1]) - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)
}

# Equal model: probability trees, sqrt(columns) at each node, a bootstrap.  Before 0.15 ranger limits the
# node that is split and not the leaf; twice the leaf comes nearest.
fit_forest <- function(rows, label, options) {
	limits <- if (options$min_leaf == 1) list(min.node.size = 1)
		else if ("min.bucket" %in% names(formals(ranger::ranger))) list(min.node.size = 1, min.bucket = options$min_leaf)
		else list(min.node.size = 2 * options$min_leaf)
	do.call(ranger::ranger, c(list(x = rows, y = label, probability = TRUE, num.trees = options$n_trees,
		max.depth = options$max_depth, mtry = floor(sqrt(ncol(rows))), replace = TRUE, oob.error = FALSE,
		num.threads = options$n_jobs, seed = options$seed, verbose = FALSE), limits))
}

if (identical(arguments, "peers")) {
	if (requireNamespace("ranger", quietly = TRUE)) cat("ranger", as.character(packageVersion("ranger")), "\n")
	quit()
}
# R has no random state above 2^31, and takes depth 0 for no limit
numbers <- suppressWarnings(as.integer(arguments[3:7]))
options <- list(n_trees = numbers[1], max_depth = if (is.na(numbers[2])) 0 else numbers[2], min_leaf = numbers[3],
	seed = numbers[4], n_jobs = numbers[5])
train <- read_rows(arguments[1])
test <- read_rows(arguments[2])
n_columns <- ncol(train)
rows <- train[, -n_columns]
label <- factor(train[, n_columns])
rm(train)
# loading the package is no part of the fit
first <- c(which(label == "0")[1:50], which(label == "1")[1:50])
first <- first[!is.na(first)]
invisible(fit_forest(rows[first, ], label[first], modifyList(options, list(n_trees = 1))))
invisible(gc())
cat("5", file = "/proc/self/clear_refs")
before <- memory_bytes("VmRSS")
times <- system.time(forest <- fit_forest(rows, label, options))
added_bytes <- memory_bytes("VmHWM") - before
scores <- predict(forest, test[, -n_columns], num.threads = options$n_jobs)$predictions[, "1"]
cat("- -", sprintf("%.3f %.3f", times[["user.self"]] + times[["sys.self"]], times[["elapsed"]]), "- - -",
	sprintf("%.5f %.0f", area_under_curve(test[, n_columns], scores), added_bytes), "\n")
