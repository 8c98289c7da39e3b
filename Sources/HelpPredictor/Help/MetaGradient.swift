import HelpNumerics
import HelpSpaces

/// One device's part of an episode.
struct MetaTask<Scalar: KernelScalar> {
  let embedding: [Scalar]
  /// Encoded architectures, one after another, and their normalised latencies.
  let supportFeatures: [Scalar]
  let supportLabels: [Scalar]
  let queryFeatures: [Scalar]
  let queryLabels: [Scalar]
  /// Standard normal numbers for z; empty: z at its mean.
  let noise: [Scalar]
}

/// Everything meta-training learns, as flat arrays.
struct MetaParameters<Scalar: KernelScalar> {
  var network: [Scalar]
  /// Inner learning rates, one for each weight.
  var rates: [Scalar]
  /// Empty without modulation.
  var inference: [Scalar]
}

/// How an inner loop runs and what the meta-loss is.
struct MetaObjective<Scalar: KernelScalar> {
  let shape: NetworkShape
  let innerSteps: Int
  let secondOrder: Bool
  let learnsRates: Bool
  let modulationScale: Scalar
  let klWeight: Scalar
}

/// A task's loss, and its gradient by all meta-parameters.
struct MetaGradient<Scalar: KernelScalar> {
  let queryError: Scalar
  let divergence: Scalar
  let gradient: MetaParameters<Scalar>
}

/// The gradient of a device's query error after adapting, by what was there before: MAML
/// (Finn et al., 2017) with learnt rates (Li et al., 2017) and HELP's modulation.
///
/// Inner steps p(k+1) = p(k) - rates * g(p(k)) are undone from the last: the gradient v by
/// p(k+1) becomes v - H(p(k)) (rates * v) by p(k), one Hessian-vector product a step.
extension MetaObjective {
  func gradient(
    _ task: MetaTask<Scalar>, _ meta: MetaParameters<Scalar>, in workspace: Workspace<Scalar>
  ) -> MetaGradient<Scalar> {
    let modulation = TaskModulation(shape: shape, scale: modulationScale)
    let inference = InferenceNetwork(shape: shape, parameters: meta.inference)
    let posterior = meta.inference.isEmpty ? nil : inference.posterior(task.embedding)
    let z = posterior.map { $0.draw(task.noise.isEmpty ? nil : task.noise[...]) }
    let start = z.map { modulation.apply($0, to: meta.network) } ?? meta.network

    let path = adapt(start, rates: meta.rates, task, in: workspace)
    var slope = [Scalar](repeating: 0, count: shape.network.count)
    let error = lossGradient(
      path.end, task, features: task.queryFeatures, labels: task.queryLabels,
      to: &slope, in: workspace)
    let rateSlope = undo(path, rates: meta.rates, task, slope: &slope, in: workspace)

    var inferenceSlope: [Scalar] = []
    if let posterior, let z {
      let slopeByZ = modulation.pullBack(&slope, z: z, parameters: meta.network)
      inferenceSlope = self.inferenceGradient(
        inference, posterior, task, slopeByZ: slopeByZ)
    }
    return MetaGradient(
      queryError: error, divergence: posterior?.divergence ?? 0,
      gradient: MetaParameters(network: slope, rates: rateSlope, inference: inferenceSlope))
  }

  /// The parameters before each inner step, the support gradients there, and the end.
  struct Path {
    var points: [[Scalar]] = []
    var gradients: [[Scalar]] = []
    var end: [Scalar]
  }

  /// Runs the inner steps on the support set.
  func adapt(
    _ start: [Scalar], rates: [Scalar], _ task: MetaTask<Scalar>, in workspace: Workspace<Scalar>
  ) -> Path {
    var path = Path(end: start)
    for _ in 0..<innerSteps {
      var gradient = [Scalar](repeating: 0, count: start.count)
      _ = lossGradient(
        path.end, task, features: task.supportFeatures, labels: task.supportLabels,
        to: &gradient, in: workspace)
      var next = [Scalar](repeating: 0, count: start.count)
      Scalar.subtractProduct(start.count, path.end, rates, gradient, into: &next)
      path.points.append(path.end)
      path.gradients.append(gradient)
      path.end = next
    }
    return path
  }

  /// Turns the gradient by the path's end into the one by its start; returns the one by
  /// the rates.
  private func undo(
    _ path: Path, rates: [Scalar], _ task: MetaTask<Scalar>, slope: inout [Scalar],
    in workspace: Workspace<Scalar>
  ) -> [Scalar] {
    var rateSlope = [Scalar](repeating: 0, count: learnsRates ? slope.count : 0)
    var step = [Scalar](repeating: 0, count: slope.count)
    for k in path.points.indices.reversed() {
      Scalar.product(slope.count, slope, path.gradients[k], into: &step)
      if learnsRates { Scalar.add(slope.count, -1, step, to: &rateSlope) }
      guard secondOrder else { continue }
      Scalar.product(slope.count, slope, rates, into: &step)
      let curvature = supportCurvature(path.points[k], along: step, task, in: workspace)
      Scalar.add(slope.count, -1, curvature, to: &slope)
    }
    return rateSlope
  }

  /// Mean squared error of a set of architectures; its gradient goes to `gradient`.
  func lossGradient(
    _ parameters: [Scalar], _ task: MetaTask<Scalar>, features: [Scalar], labels: [Scalar],
    to gradient: inout [Scalar], in workspace: Workspace<Scalar>
  ) -> Scalar {
    workspace.scope {
      parameters.withUnsafeBufferPointer { parameters in
        gradient.withUnsafeMutableBufferPointer { gradient in
          guard let weights = parameters.baseAddress, let target = gradient.baseAddress
          else { return 0 }
          return pass(
            DualVector(weights), task, features: features, labels: labels,
            to: GradientTarget(target, .value), in: workspace)
        }
      }
    }
  }

  /// The support loss's Hessian at `parameters` times `direction`.
  private func supportCurvature(
    _ parameters: [Scalar], along direction: [Scalar], _ task: MetaTask<Scalar>,
    in workspace: Workspace<Scalar>
  ) -> [Scalar] {
    [Scalar](unsafeUninitializedCapacity: parameters.count) { product, initialized in
      workspace.scope {
        parameters.withUnsafeBufferPointer { parameters in
          direction.withUnsafeBufferPointer { direction in
            guard let weights = parameters.baseAddress, let tangent = direction.baseAddress,
              let target = product.baseAddress
            else { return }
            _ = pass(
              DualVector(weights, tangent: tangent), task, features: task.supportFeatures,
              labels: task.supportLabels, to: GradientTarget(target, .tangent), in: workspace)
          }
        }
      }
      initialized = parameters.count
    }
  }

  /// Forward and backward; returns the mean squared error.
  private func pass(
    _ parameters: DualVector<Scalar>, _ task: MetaTask<Scalar>, features: [Scalar],
    labels: [Scalar], to target: GradientTarget<Scalar>, in workspace: Workspace<Scalar>
  ) -> Scalar {
    features.withUnsafeBufferPointer { features in
      guard let base = features.baseAddress else { return 0 }
      let network = LatencyNetwork(shape, parameters, embedding: task.embedding, in: workspace)
      let activations = network.forward(base, count: labels.count, in: workspace)
      let (error, slope) = squaredError(activations.output, labels: labels, in: workspace)
      network.backward(activations, outputGradient: slope, to: target, in: workspace)
      return error
    }
  }

  /// The mean squared error and its gradient by the outputs, n by 1.
  private func squaredError(
    _ output: DualMatrix<Scalar>, labels: [Scalar], in workspace: Workspace<Scalar>
  ) -> (Scalar, DualMatrix<Scalar>) {
    let slope = workspace.dualMatrix(labels.count, 1, withTangent: output.tangent != nil)
    let factor = 2 / Scalar(labels.count)
    var total: Scalar = 0
    for (row, label) in labels.enumerated() {
      let difference = output.value.row(row).pointee - label
      total += difference * difference
      slope.value.row(row).pointee = factor * difference
      if let from = output.tangent, let to = slope.tangent {
        to.row(row).pointee = factor * from.row(row).pointee
      }
    }
    return (total / Scalar(labels.count), slope)
  }

  private func inferenceGradient(
    _ network: InferenceNetwork<Scalar>, _ posterior: InferenceNetwork<Scalar>.Posterior,
    _ task: MetaTask<Scalar>, slopeByZ: [Scalar]
  ) -> [Scalar] {
    let mean = zip(slopeByZ, posterior.mean).map { $0 + klWeight * $1 }
    let raw = slopeByZ.indices.map { i in
      let deviation = posterior.deviation[i]
      let byNoise = task.noise.isEmpty ? 0 : slopeByZ[i] * task.noise[i]
      return (byNoise + klWeight * (deviation - 1 / deviation))
        * logistic(posterior.rawDeviation[i])
    }
    return network.gradient(
      posterior, embedding: task.embedding, meanGradient: mean, rawDeviationGradient: raw)
  }
}
