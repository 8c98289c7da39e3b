/// The line or, below the bend, the hyperbola that leaves it there with its slope: the order
/// of values stays, and none is 0. What keeps linear latencies and their intervals above 0.
func bent(_ line: Double, at bend: Double) -> Double {
  line >= bend ? line : bend * bend / (2 * bend - line)
}
