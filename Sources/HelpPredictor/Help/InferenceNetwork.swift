import HelpNumerics

/// The network that infers a device's task modulation z from its embedding, and what z
/// does to the weights (HELP, section 3.3).
///
/// z is normal with independent components; the mean and, through softplus, the standard
/// deviation are two dense layers of the embedding.
struct InferenceNetwork<Scalar: KernelScalar> {
  let shape: NetworkShape
  /// Laid out by `shape.inference`.
  let parameters: [Scalar]

  /// The posterior of z for one device.
  struct Posterior {
    let hidden: [Scalar]
    let mean: [Scalar]
    /// Before softplus.
    let rawDeviation: [Scalar]
    let deviation: [Scalar]

    /// The Kullback-Leibler divergence from the standard normal, summed over z.
    var divergence: Scalar {
      zip(mean, deviation).reduce(0) { total, pair in
        let (m, s) = pair
        return total + (m * m + s * s - 1) / 2 - Scalar(logarithm(Double(s)))
      }
    }

    /// z for given standard normal numbers, or at its mean.
    func draw(_ noise: ArraySlice<Scalar>?) -> [Scalar] {
      guard let noise else { return mean }
      return zip(zip(mean, deviation), noise).map { $0.0 + $0.1 * $1 }
    }
  }

  func posterior(_ embedding: [Scalar]) -> Posterior {
    let hidden = dense(shape.encoder1, embedding).map { max($0, 0) }
    let statistics = dense(shape.encoder2, hidden)
    let raw = Array(statistics[shape.modulations...])
    return Posterior(
      hidden: hidden, mean: Array(statistics[..<shape.modulations]), rawDeviation: raw,
      deviation: raw.map(softplus))
  }

  /// The gradient for all parameters, given the loss's by z's mean and raw deviation.
  func gradient(
    _ posterior: Posterior, embedding: [Scalar], meanGradient: [Scalar],
    rawDeviationGradient: [Scalar]
  ) -> [Scalar] {
    var gradient = [Scalar](repeating: 0, count: shape.inference.count)
    let outer = meanGradient + rawDeviationGradient
    var inner = write(shape.encoder2, outer, input: posterior.hidden, to: &gradient)
    for i in inner.indices where posterior.hidden[i] <= 0 { inner[i] = 0 }
    _ = write(shape.encoder1, inner, input: embedding, to: &gradient)
    return gradient
  }

  private func dense(_ layer: ParameterLayout.Layer, _ input: [Scalar]) -> [Scalar] {
    (0..<layer.bias.count).map { row in
      let first = layer.weight.offset + row * input.count
      return zip(parameters[first..<(first + input.count)], input)
        .reduce(parameters[layer.bias.offset + row]) { $0 + $1.0 * $1.1 }
    }
  }

  /// Writes one layer's gradient; returns the one by its input.
  private func write(
    _ layer: ParameterLayout.Layer, _ output: [Scalar], input: [Scalar],
    to gradient: inout [Scalar]
  ) -> [Scalar] {
    var inner = [Scalar](repeating: 0, count: input.count)
    for (row, slope) in output.enumerated() {
      gradient[layer.bias.offset + row] = slope
      for column in input.indices {
        let place = layer.weight.offset + row * input.count + column
        gradient[place] = slope * input[column]
        inner[column] += slope * parameters[place]
      }
    }
    return inner
  }
}

/// log(1 + eˣ), without overflow.
func softplus<Scalar: KernelScalar>(_ x: Scalar) -> Scalar {
  let value = Double(x)
  return Scalar(max(value, 0) + logarithmOnePlus(exponential(-abs(value))))
}

/// softplus's derivative.
func logistic<Scalar: KernelScalar>(_ x: Scalar) -> Scalar {
  Scalar(1 / (1 + exponential(-Double(x))))
}

/// What z does to the weights of fc3, fc4 and fc5: weight * (1 + scale * z), one number of z
/// for each input, and bias + scale * z, one for each layer.
struct TaskModulation<Scalar: KernelScalar> {
  let shape: NetworkShape
  let scale: Scalar

  /// The modulated parameters.
  func apply(_ z: [Scalar], to parameters: [Scalar]) -> [Scalar] {
    var result = parameters
    forEachModulated { place, component, isBias in
      result[place] =
        isBias
        ? parameters[place] + scale * z[component]
        : parameters[place] * (1 + scale * z[component])
    }
    return result
  }

  /// Turns the gradient by the modulated parameters into the one by `parameters`, in place;
  /// returns the one by z.
  func pullBack(
    _ gradient: inout [Scalar], z: [Scalar], parameters: [Scalar]
  ) -> [Scalar] {
    var slope = [Scalar](repeating: 0, count: z.count)
    forEachModulated { place, component, isBias in
      let incoming = gradient[place]
      slope[component] += scale * (isBias ? incoming : incoming * parameters[place])
      if !isBias { gradient[place] = incoming * (1 + scale * z[component]) }
    }
    return slope
  }

  private func forEachModulated(
    _ body: (_ place: Int, _ component: Int, _ isBias: Bool) -> Void
  ) {
    let inputs = 2 * shape.hidden
    for (number, layer) in shape.modulated.enumerated() {
      for place in layer.weight.range {
        body(place, number * inputs + (place - layer.weight.offset) % inputs, false)
      }
      for place in layer.bias.range { body(place, 3 * inputs + number, true) }
    }
  }
}
