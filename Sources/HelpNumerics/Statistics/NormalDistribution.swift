import CHelpSupport

/// The standard normal distribution's quantile at `probability`, in 0..<1 without 0.
///
/// Newton's method on erfc from a start that is within 0.03 (Abramowitz and Stegun, 26.2.23).
package func normalQuantile(_ probability: Double) -> Double {
  let tail = min(probability, 1 - probability)
  let t = (-2 * log(tail)).squareRoot()
  var x = t - (2.30753 + 0.27061 * t) / (1 + t * (0.99229 + 0.04481 * t))
  for _ in 0..<4 {
    let excess = 0.5 * erfc(x / 2.0.squareRoot()) - tail
    x += excess / (exp(-x * x / 2) / (2 * Double.pi).squareRoot())
  }
  return probability < 0.5 ? -x : x
}

/// The probability that a standard normal number is below `x`.
package func normalProbability(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

/// The density of a normal distribution with mean 0 and this variance, at `difference`.
package func normalDensity(_ difference: Double, variance: Double) -> Double {
  exponential(-difference * difference / (2 * variance)) / (2 * Double.pi * variance).squareRoot()
}
