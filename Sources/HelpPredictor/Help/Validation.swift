import HelpBase
import HelpNumerics
import HelpSpaces

/// Judges meta-parameters on the validation devices: the mean Spearman correlation over
/// devices, half of it adapting as in the paper and half on the references alone. The same
/// tasks every time, and z at its mean, so that two scores can be compared.
struct Validation {
  private let tasks: [[MetaTask<Float>]]
  private let objective: MetaObjective<Float>

  init(_ sampler: EpisodeSampler, _ objective: MetaObjective<Float>, seed: UInt64) {
    // A stream that no episode uses.
    var random = RandomSource(seed: seed, stream: .max)
    tasks = sampler.valid.map { sampler.validationTasks($0, using: &random) }
    self.objective = objective
  }

  /// Nil where there are no validation devices; NaN counts as no correlation.
  func score(
    _ meta: MetaParameters<Float>, threads: Int, _ workspaces: WorkerSpaces
  ) -> Double? {
    if tasks.isEmpty { return nil }
    let all = tasks.flatMap { $0 }
    let slots = ResultSlots<Double>(count: all.count)
    concurrently(all.count, threads: threads) { [objective] item, worker in
      let correlation = objective.correlation(all[item], meta, in: workspaces[worker])
      slots[item] = correlation.isNaN ? 0 : correlation
    }
    var place = 0
    var total = 0.0
    for device in tasks {
      let scores = device.indices.map { slots[place + $0] ?? 0 }
      place += device.count
      let draws = scores.dropFirst()
      total += (scores[0] + draws.reduce(0, +) / Double(draws.count)) / 2
    }
    return total / Double(tasks.count)
  }
}

extension MetaObjective where Scalar == Float {
  /// Spearman of a task's queries after adapting with z at its mean.
  func correlation(
    _ task: MetaTask<Float>, _ meta: MetaParameters<Float>, in workspace: Workspace<Float>
  ) -> Double {
    let weights = adapt(modulated(meta, task.embedding), rates: meta.rates, task, in: workspace)
    let predicted = outputs(weights.end, task, in: workspace)
    return spearman(predicted, task.queryLabels.map(Double.init))
  }

  /// Normalised latencies of a task's queries.
  private func outputs(
    _ weights: [Float], _ task: MetaTask<Float>, in workspace: Workspace<Float>
  ) -> [Double] {
    workspace.scope {
      weights.withUnsafeBufferPointer { weights in
        task.queryFeatures.withUnsafeBufferPointer { features in
          guard let parameters = weights.baseAddress, let base = features.baseAddress
          else { return [] }
          let network = LatencyNetwork(
            shape, DualVector(parameters), embedding: task.embedding, in: workspace)
          let output = network.forward(base, count: task.queryLabels.count, in: workspace).output
          return task.queryLabels.indices.map { Double(output.value.row($0).pointee) }
        }
      }
    }
  }

  private func modulated(_ meta: MetaParameters<Float>, _ embedding: [Float]) -> [Float] {
    if meta.inference.isEmpty { return meta.network }
    let posterior = InferenceNetwork(shape: shape, parameters: meta.inference)
      .posterior(embedding)
    return TaskModulation(shape: shape, scale: modulationScale)
      .apply(posterior.mean, to: meta.network)
  }
}
