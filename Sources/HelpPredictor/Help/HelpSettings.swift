import HelpBase

/// How to fit a model to a device.
package struct HelpSettings: Sendable {
  /// The rows the inner steps fit.
  package enum Support: Int32, Sendable {
    /// Those that are not references, or the references where there are no others.
    case extra = 0
    case all = 1
  }

  package var seed: UInt64 = 0
  /// Nil: as many as the model was trained with.
  package var steps: Int?
  /// Draws of z that are averaged; 0: z at its mean.
  package var samples = 0
  package var support = Support.extra
  /// Nil: the smallest and largest measured latency.
  package var labelRange: (Double, Double)?
  /// `samples` rows of `shape.modulations` standard normal numbers; nil: from the seed.
  package var noise: [Double]?

  package static let maximumSteps = 100
  package static let maximumSamples = 100

  package init() {}

  func validated(noiseCount: Int) throws(HelpError) -> HelpSettings {
    if let steps { try check(setting: "steps", steps, in: 0...Self.maximumSteps) }
    try check(setting: "samples", samples, in: 0...Self.maximumSamples)
    if let noise, noise.count != samples * noiseCount || !noise.allSatisfy(\.isFinite) {
      throw HelpError(
        setting: "noise",
        "is \(noise.count) numbers, not samples * \(noiseCount) = \(samples * noiseCount) finite ones"
      )
    }
    if let (low, high) = labelRange, !(low > 0 && high > low && high.isFinite) {
      throw HelpError(
        .argument,
        "the label range is \(low.brief(unlike: high)) to \(high.brief(unlike: low)) ms, not a latency "
          + "above 0 to a greater one")
    }
    return self
  }
}
