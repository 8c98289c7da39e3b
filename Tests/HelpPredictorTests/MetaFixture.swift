import HelpNumerics
@testable import HelpPredictor
import HelpSpaces

/// A small task with random weights.
struct MetaFixture<Scalar: KernelScalar> {
  let shape: NetworkShape
  var meta: MetaParameters<Scalar>
  var task: MetaTask<Scalar>
  let noise: [Scalar]

  init(
    _ space: any SearchSpace = NASBench201(), hidden: Int, references: Int, seed: UInt64,
    support: Int = 5, query: Int = 8
  ) {
    var random = RandomSource(seed: seed)
    shape = NetworkShape(encoding: space.encoding, hidden: hidden, references: references)
    func draw(_ count: Int, _ scale: Double) -> [Scalar] {
      (0..<count).map { _ in Scalar(scale * random.normal()) }
    }
    let weightScale = 0.5 / Double(hidden).squareRoot()
    meta = MetaParameters(
      network: draw(shape.network.count, weightScale),
      rates: draw(shape.network.count, 0.05),
      inference: draw(shape.inference.count, 0.3))
    noise = draw(shape.modulations, 1)
    func features(_ count: Int) -> [Scalar] {
      space.sample(count, using: &random).encoded().map { Scalar($0) }
    }
    let supportFeatures = features(support)
    let queryFeatures = features(query)
    task = MetaTask(
      embedding: draw(references, 1), supportFeatures: supportFeatures,
      supportLabels: draw(support, 1), queryFeatures: queryFeatures,
      queryLabels: draw(query, 1), noise: noise)
  }

  private init(
    _ shape: NetworkShape, _ meta: MetaParameters<Scalar>, _ task: MetaTask<Scalar>,
    noise: [Scalar]
  ) {
    self.shape = shape
    self.meta = meta
    self.task = task
    self.noise = noise
  }

  func converted<Other: KernelScalar>(to: Other.Type) -> MetaFixture<Other> {
    func convert(_ values: [Scalar]) -> [Other] { values.map { Other(Double($0)) } }
    return MetaFixture<Other>(
      shape,
      MetaParameters(
        network: convert(meta.network), rates: convert(meta.rates),
        inference: convert(meta.inference)),
      MetaTask(
        embedding: convert(task.embedding), supportFeatures: convert(task.supportFeatures),
        supportLabels: convert(task.supportLabels), queryFeatures: convert(task.queryFeatures),
        queryLabels: convert(task.queryLabels), noise: convert(task.noise)),
      noise: convert(noise))
  }

  func task(noise: [Scalar]) -> MetaTask<Scalar> {
    MetaTask(
      embedding: task.embedding, supportFeatures: task.supportFeatures,
      supportLabels: task.supportLabels, queryFeatures: task.queryFeatures,
      queryLabels: task.queryLabels, noise: noise)
  }

  func objective(innerSteps: Int, secondOrder: Bool) -> MetaObjective<Scalar> {
    MetaObjective(
      shape: shape, innerSteps: innerSteps, secondOrder: secondOrder, learnsRates: true,
      modulationScale: 0.1, klWeight: 0.1)
  }

  /// The loss's slope along one parameter, by central differences.
  func difference(
    _ part: WritableKeyPath<MetaParameters<Scalar>, [Scalar]>, _ place: Int,
    _ objective: MetaObjective<Scalar>
  ) -> Scalar {
    let step: Scalar = 1e-6
    func loss(_ offset: Scalar) -> Scalar {
      var moved = meta
      moved[keyPath: part][place] += offset
      let result = objective.gradient(task, moved, in: Workspace())
      return result.queryError + objective.klWeight * result.divergence
    }
    return (loss(step) - loss(-step)) / (2 * step)
  }
}
