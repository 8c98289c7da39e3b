/// Adam (Kingma and Ba, 2015) over one flat array, with the paper's constants.
package struct Adam<Scalar: BinaryFloatingPoint> {
  @usableFromInline var mean: [Scalar]
  @usableFromInline var square: [Scalar]
  @usableFromInline var steps = 0

  @inlinable
  package init(count: Int) {
    mean = [Scalar](repeating: 0, count: count)
    square = mean
  }

  /// - rate: the length of a step, where the gradient keeps its sign.
  @inlinable
  package mutating func step(_ parameters: inout [Scalar], gradient: [Scalar], rate: Double) {
    steps += 1
    let beta1 = Scalar(0.9)
    let beta2 = Scalar(0.999)
    let rate = Scalar(rate) / (1 - power(beta1, steps))
    let correction = (1 - power(beta2, steps)).squareRoot()
    for i in parameters.indices {
      let g = gradient[i]
      mean[i] = beta1 * mean[i] + (1 - beta1) * g
      square[i] = beta2 * square[i] + (1 - beta2) * g * g
      let deviation = square[i].squareRoot() / correction + Scalar(1e-8)
      parameters[i] -= rate * mean[i] / deviation
    }
  }
}

@usableFromInline
func power<Scalar: BinaryFloatingPoint>(_ base: Scalar, _ exponent: Int) -> Scalar {
  Scalar(exponential(Double(exponent) * logarithm(Double(base))))
}
