import HelpNumerics

// What keeps latencies on a straight line above 0. Both tails leave the line at `tail`
// milliseconds with its slope and rise everywhere, so the order of latencies stays.

/// The line from `tail` > 0 up; below, tail² / (2 tail - line), which falls to 0 like 1 / |line|
/// (B23).
func hyperbolicTail(_ line: Double, below tail: Double) -> Double {
  line >= tail ? line : tail * tail / (2 * tail - line)
}

/// The line from `tail` > 0 up; below, tail · exp((line - tail) / tail), the tail of HELP's
/// `LabelScale`.
func exponentialTail(_ line: Double, below tail: Double) -> Double {
  line < tail ? tail * exponential((line - tail) / tail) : line
}
