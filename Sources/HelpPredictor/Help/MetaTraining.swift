import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

/// What a training run tells its caller after each episode.
package struct TrainingProgress: Sendable {
  package let episode: Int
  package let episodes: Int
  /// The episode's mean query error plus weighted divergence.
  package let loss: Double
  /// Best mean Spearman on the validation devices so far; nil before the first.
  package let bestValidation: Double?
}

/// Meta-training: episodes of tasks on different devices, Adam on their mean gradient, and
/// the parameters that did best on the validation devices (HELP, algorithm 1).
///
/// Tasks of an episode run on several threads, each with scratch of its own; their
/// gradients are added in the tasks' order, so the result does not depend on the threads.
package struct MetaTraining {
  private let dataset: LatencyDataset
  private let options: TrainingSettings
  private let shape: NetworkShape
  private let sampler: EpisodeSampler
  private let objective: MetaObjective<Float>
  private let validation: Validation
  private let workspaces: WorkerSpaces

  private var meta: MetaParameters<Float>
  private var adam: (network: Adam<Float>, rates: Adam<Float>, inference: Adam<Float>)
  private var best: (meta: MetaParameters<Float>, score: Double, episode: Int)?
  private var history: [JSONValue] = []

  package init(_ dataset: LatencyDataset, _ options: TrainingSettings) throws(HelpError) {
    self.options = try options.validated(for: dataset)
    self.dataset = dataset
    guard !dataset.references.isEmpty else {
      throw HelpError(
        .argument, "no rows of the dataset are named as its references; method \"help\" needs them")
    }
    shape = NetworkShape(
      encoding: dataset.architectures.space.encoding, hidden: options.hidden,
      references: dataset.references.count)
    try shape.checkMemory(dataset)
    sampler = try EpisodeSampler(dataset, shape, options)
    try shape.checkMemory(
      options, tasks: sampler.train.count, judged: sampler.valid.map { $0.queries.count })
    objective = MetaObjective(
      shape: shape, innerSteps: options.innerSteps, secondOrder: options.secondOrder,
      learnsRates: options.learnRates, modulationScale: Float(options.modulationScale),
      klWeight: Float(options.klWeight))
    workspaces = WorkerSpaces(count: options.threads)
    validation = Validation(sampler, objective, seed: options.seed)
    meta = MetaParameters(initialized: shape, options)
    adam = (
      Adam(count: meta.network.count), Adam(count: meta.rates.count),
      Adam(count: meta.inference.count)
    )
  }

  /// Runs all episodes. `progress` is called after each and may throw to stop.
  package mutating func run(
    progress: (TrainingProgress) throws(HelpError) -> Void
  ) throws(HelpError) -> MetaNetwork {
    for episode in 1...options.episodes {
      let loss = try self.episode(episode)
      if episode % options.validInterval == 0 || episode == options.episodes {
        validate(after: episode)
      }
      try progress(
        TrainingProgress(
          episode: episode, episodes: options.episodes, loss: loss, bestValidation: best?.score))
    }
    return network()
  }

  /// One step of Adam; returns the loss before it.
  private mutating func episode(_ number: Int) throws(HelpError) -> Double {
    var random = RandomSource(seed: options.seed, stream: UInt64(number))
    let results = gradients(of: sampler.episode(using: &random))
    let share = 1 / Float(results.count)
    var total = MetaParameters<Float>(zeroLike: meta)
    var loss: Float = 0
    for result in results {
      loss += share * (result.queryError + objective.klWeight * result.divergence)
      total.add(result.gradient, scaledBy: share)
    }
    guard loss.isFinite else {
      throw HelpError(
        .diverged, "the loss of episode \(number) is \(loss); a smaller meta_rate may help")
    }
    let rate = options.metaRate
    adam.network.step(&meta.network, gradient: total.network, rate: rate)
    if options.learnRates { adam.rates.step(&meta.rates, gradient: total.rates, rate: rate) }
    adam.inference.step(&meta.inference, gradient: total.inference, rate: rate)
    return Double(loss)
  }

  private func gradients(of tasks: [MetaTask<Float>]) -> [MetaGradient<Float>] {
    let slots = ResultSlots<MetaGradient<Float>>(count: tasks.count)
    concurrently(tasks.count, threads: options.threads) {
      [objective, meta, workspaces] item, worker in
      slots[item] = objective.gradient(tasks[item], meta, in: workspaces[worker])
    }
    return tasks.indices.compactMap { slots[$0] }
  }

  private mutating func validate(after episode: Int) {
    guard let score = validation.score(meta, threads: options.threads, workspaces) else { return }
    history.append(["episode": .integer(Int64(episode)), "spearman": .finite(score)])
    if best.map({ score > $0.score }) ?? true { best = (meta, score, episode) }
  }

  /// The best parameters so far, or the last where nothing judges them.
  private func network() -> MetaNetwork {
    let chosen = best?.meta ?? meta
    return MetaNetwork(
      references: dataset.architectures.rows(dataset.references), shape: shape,
      parameters: chosen.network, rates: chosen.rates,
      inference: options.modulation ? chosen.inference : nil, innerSteps: options.innerSteps,
      modulationScale: options.modulationScale)
  }

  /// What the run was like, for people.
  package var record: [(String, JSONValue)] {
    [
      ("estimated_references", .array(sampler.estimatedReferences)),
      ("chosen_episode", .integer(Int64(best?.episode ?? options.episodes))),
      ("validation", .array(history)),
    ]
  }
}

/// Scratch memory, one for each worker.
struct WorkerSpaces: @unchecked Sendable {
  // A worker touches only its own.
  private let spaces: [Workspace<Float>]

  init(count: Int) { spaces = (0..<count).map { _ in Workspace() } }

  subscript(worker: Int) -> Workspace<Float> { spaces[worker] }
}

extension MetaParameters where Scalar == Float {
  /// Weights as the published code draws them: graph convolutions uniform in ±0.05 with
  /// biases in ±1/sqrt(outputs), dense layers in ±1/sqrt(inputs).
  init(initialized shape: NetworkShape, _ options: TrainingSettings) {
    var random = RandomSource(seed: options.seed, stream: 0)
    var network = [Float](repeating: 0, count: shape.network.count)
    var inference = [Float](
      repeating: 0, count: options.modulation ? shape.inference.count : 0)
    func fill(_ tensor: ParameterLayout.Tensor, _ bound: Double, _ target: inout [Float]) {
      for place in tensor.range { target[place] = Float(random.uniform(in: -bound...bound)) }
    }
    func fillDense(_ layer: ParameterLayout.Layer, _ target: inout [Float]) {
      let bound = 1 / Double(layer.inputs).squareRoot()
      fill(layer.weight, bound, &target)
      fill(layer.bias, bound, &target)
    }
    for layer in shape.body.map({ $0.tensors }) {
      switch layer.order {
      case .inputsByOutputs:
        fill(layer.weight, 0.05, &network)
        fill(layer.bias, 1 / Double(layer.outputs).squareRoot(), &network)
      case .outputsByInputs: fillDense(layer, &network)
      }
    }
    for layer in [shape.device1, shape.device2, shape.fc3, shape.fc4, shape.fc5] {
      fillDense(layer, &network)
    }
    if options.modulation {
      for layer in [shape.encoder1, shape.encoder2] { fillDense(layer, &inference) }
    }
    self.init(
      network: network,
      rates: [Float](repeating: Float(options.innerRate), count: shape.network.count),
      inference: inference)
  }

  init(zeroLike other: MetaParameters) {
    func zeros(_ values: [Float]) -> [Float] { [Float](repeating: 0, count: values.count) }
    self.init(
      network: zeros(other.network), rates: zeros(other.rates),
      inference: zeros(other.inference))
  }

  mutating func add(_ other: MetaParameters, scaledBy factor: Float) {
    Float.add(other.network.count, factor, other.network, to: &network)
    Float.add(other.rates.count, factor, other.rates, to: &rates)
    Float.add(other.inference.count, factor, other.inference, to: &inference)
  }
}
