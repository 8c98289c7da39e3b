/// Adam (Kingma and Ba, 2015) over one flat array, with the paper's constants.
package struct Adam {
  private let rate: Float
  private var mean: [Float]
  private var square: [Float]
  private var steps = 0

  package init(count: Int, rate: Double) {
    self.rate = Float(rate)
    mean = [Float](repeating: 0, count: count)
    square = [Float](repeating: 0, count: count)
  }

  package mutating func step(_ parameters: inout [Float], gradient: [Float]) {
    steps += 1
    let beta1: Float = 0.9
    let beta2: Float = 0.999
    let correction1 = 1 - power(beta1, steps)
    let correction2 = (1 - power(beta2, steps)).squareRoot()
    for i in parameters.indices {
      let g = gradient[i]
      mean[i] = beta1 * mean[i] + (1 - beta1) * g
      square[i] = beta2 * square[i] + (1 - beta2) * g * g
      let deviation = square[i].squareRoot() / correction2 + 1e-8
      parameters[i] -= rate / correction1 * mean[i] / deviation
    }
  }
}

private func power(_ base: Float, _ exponent: Int) -> Float {
  Float(exponential(Double(exponent) * logarithm(Double(base))))
}
