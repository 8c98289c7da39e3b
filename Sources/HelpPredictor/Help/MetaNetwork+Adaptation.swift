import HelpBase
import HelpJSON
import HelpNumerics
import HelpSpaces

extension MetaNetwork {
  /// Fits the network to the device behind `measurements`, which include every reference.
  ///
  /// The references give the embedding, z modulates the weights, and the inner steps fit
  /// the support rows (HELP, algorithm 1, without its look at unmeasured latencies).
  func adapted(
    to measurements: Measurements, _ settings: HelpSettings
  ) throws(HelpError) -> Predictor {
    let settings = try settings.validated(noiseCount: inference == nil ? 0 : shape.modulations)
    try shape.checkMemory(
      samples: settings.samples, steps: steps(settings), rows: measurements.count)
    let referenceRows = try measurements.rows(of: references)
    let embedding = try self.embedding(referenceRows.map { measurements.latencies[$0] })
    let fit = DeviceFit(
      shape: shape, measurements: measurements, embedding: embedding,
      scale: labelScale(measurements, settings), calibrates: settings.labelRange == nil,
      support: supportRows(measurements, referenceRows, settings.support))
    let starts = modulations(embedding, settings)
    let ends = try ends(of: starts, fit, settings)
    let diagnosis = diagnosis(fit, settings)
    let keepsStart = diagnosis?.keepsStart ?? false
    let predictor = Predictor(
      fit.calibratedNetwork(keepsStart ? starts : ends), fitting: measurements,
      settings: record(
        of: settings, steps: keepsStart ? 0 : steps(settings), supportCount: fit.support.count))
    guard let diagnosis else { return predictor }
    return predictor.recording(["diagnosis": diagnosis.record])
  }

  private func steps(_ settings: HelpSettings) -> Int { settings.steps ?? innerSteps }

  private func embedding(_ latencies: [Double]) throws(HelpError) -> [Float] {
    let embedding = deviceEmbedding(referenceLatencies: latencies)
    guard embedding.allSatisfy({ $0.isFinite }) else {
      throw HelpError(
        .measurements,
        "all \(latencies.count) references took \(latencies[0].brief) ms; latencies that do not differ "
          + "say nothing of the device")
    }
    return embedding.map { Float($0) }
  }

  private func labelScale(
    _ measurements: Measurements, _ settings: HelpSettings
  ) -> LabelScale {
    if let (low, high) = settings.labelRange { return LabelScale(minimum: low, maximum: high) }
    return LabelScale(
      minimum: measurements.latencies.min() ?? 0, maximum: measurements.latencies.max() ?? 0)
  }

  private func supportRows(
    _ measurements: Measurements, _ referenceRows: [Int], _ support: HelpSettings.Support
  ) -> [Int] {
    let all = Array(0..<measurements.count)
    if support == .all { return all }
    let references = Set(referenceRows)
    let extra = all.filter { !references.contains($0) }
    return extra.isEmpty ? referenceRows : extra
  }

  /// The weights after the inner steps on the support rows.
  private func ends(
    of starts: [[Float]], _ fit: DeviceFit, _ settings: HelpSettings
  ) throws(HelpError) -> [[Float]] {
    let objective = objective(steps(settings))
    let (task, workspace) = (fit.task(fit.support), Workspace<Float>())
    let ends = starts.map { objective.adapt($0, rates: rates, task, in: workspace).end }
    guard ends.allSatisfy({ $0.allSatisfy({ $0.isFinite }) }) else {
      throw HelpError(
        .diverged,
        "the inner steps became non-finite on \(fit.support.count) support rows; "
          + "try fewer steps")
    }
    return ends
  }

  private func objective(_ steps: Int) -> MetaObjective<Float> {
    MetaObjective<Float>(
      shape: shape, innerSteps: steps, secondOrder: false, learnsRates: false,
      modulationScale: Float(modulationScale), klWeight: 0)
  }

  /// With z at its mean, whatever is drawn. Steps or a label range that were given stay; where
  /// both were, nothing is looked at.
  private func diagnosis(
    _ fit: DeviceFit, _ settings: HelpSettings
  ) -> InnerStepsDiagnosis? {
    guard settings.labelRange == nil || settings.steps == nil,
      InnerStepsDiagnosis.rowLimits.contains(fit.support.count)
    else { return nil }
    let start = meanModulation(fit.embedding)
    return InnerStepsDiagnosis(
      fit, start: start, end: leaveOneOutSteps(fit, start, steps(settings)),
      mayKeepStart: settings.steps == nil && settings.labelRange == nil)
  }

  private func leaveOneOutSteps(
    _ fit: DeviceFit, _ start: [Float], _ steps: Int
  ) -> LeaveOneOutSteps? {
    if steps == 0 { return nil }
    return LeaveOneOutSteps(fit, start, objective(steps), rates: rates)
  }

  private func meanModulation(_ embedding: [Float]) -> [Float] {
    modulations(embedding, HelpSettings())[0]
  }

  /// The weights before the inner steps: one set for each draw of z, or one for its mean.
  private func modulations(_ embedding: [Float], _ settings: HelpSettings) -> [[Float]] {
    guard let inference else { return [parameters] }
    let posterior = InferenceNetwork(shape: shape, parameters: inference).posterior(embedding)
    let modulation = TaskModulation(shape: shape, scale: Float(modulationScale))
    if settings.samples == 0 { return [modulation.apply(posterior.mean, to: parameters)] }
    let noise = settings.noise ?? drawnNoise(settings)
    return (0..<settings.samples).map { sample in
      let draw = noise[(sample * shape.modulations)..<((sample + 1) * shape.modulations)]
      return modulation.apply(posterior.draw(draw.map { Float($0) }[...]), to: parameters)
    }
  }

  private func drawnNoise(_ settings: HelpSettings) -> [Double] {
    var random = RandomSource(seed: settings.seed)
    return (0..<(settings.samples * shape.modulations)).map { _ in random.normal() }
  }

  private func record(
    of settings: HelpSettings, steps: Int, supportCount: Int
  ) -> JSONValue {
    [
      "steps": .integer(Int64(steps)),
      "samples": .integer(Int64(settings.samples)),
      "seed": .string(String(settings.seed)),
      "support_rows": .integer(Int64(supportCount)),
      "label_range_given": .bool(settings.labelRange != nil),
    ]
  }
}

extension LabelScale {
  /// The scale whose milliseconds fit the `measured` ones best, in relative error, where this
  /// one gave those `predicted`: two inner steps leave the range of a device's latencies off,
  /// though not their order. Unchanged where that line does not rise.
  func calibrated(predicted: [Double], measured: [Double]) -> LabelScale {
    let line = LineFit(relativeTo: measured, of: predicted)
    guard line.slope > 0, line.slope.isFinite, line.intercept.isFinite else { return self }
    return LabelScale(
      minimum: line.slope * minimum + line.intercept,
      maximum: line.slope * maximum + line.intercept, tail: measured.min())
  }
}
