import HelpBase
import HelpJSON
import HelpSearch

/// An evolver's settings in its file.
extension SearchSettings {
  private static let keys = [
    "seed", "objective", "population", "generations", "parent_ratio", "mutation_ratio",
    "mutation_probability", "attempts", "patience", "reference_latency_ms", "reference_accuracy",
  ]

  init(_ stored: JSONReader) throws(HelpError) {
    try stored.onlyKeys(Self.keys)
    self.init()
    strategy = .evolve
    seed = try stored.member("seed").wholeNumber()
    let number = try stored.integer("objective", in: 0...Int(Int32.max))
    guard let objective = Objective(rawValue: Int32(number)) else {
      throw HelpError(.format, "\(stored.path).objective is \(number), which is not known")
    }
    self.objective = objective
    population = try stored.integer("population", in: 0...Self.maximumCount)
    generations = try stored.integer("generations", in: 0...Self.maximumCount)
    parentRatio = try stored.number("parent_ratio", in: 0...1)
    mutationRatio = try stored.number("mutation_ratio", in: 0...1)
    mutationProbability = try stored.number("mutation_probability", in: 0...1)
    attempts = try stored.integer("attempts", in: 0...Self.maximumCount)
    patience = try stored.integer("patience", in: 0...Self.maximumCount)
    referenceLatency = try stored.optionalNumber("reference_latency_ms") ?? .nan
    referenceAccuracy = try stored.optionalNumber("reference_accuracy") ?? .nan
  }

  var description: JSONValue {
    [
      "seed": .string(String(seed)), "objective": .integer(Int64(objective.rawValue)),
      "population": .integer(Int64(population)), "generations": .integer(Int64(generations)),
      "parent_ratio": .number(parentRatio), "mutation_ratio": .number(mutationRatio),
      "mutation_probability": .number(mutationProbability),
      "attempts": .integer(Int64(attempts)), "patience": .integer(Int64(patience)),
      "reference_latency_ms": .finite(referenceLatency),
      "reference_accuracy": .finite(referenceAccuracy),
    ]
  }
}

extension JSONReader {
  /// A number, or nil for null.
  func optionalNumber(_ key: String) throws(HelpError) -> Double? {
    let member = try member(key)
    if case .null = member.value { return nil }
    return try member.number(in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
  }

  /// 64 bits without a sign, which JSON's numbers cannot hold: a string of digits.
  func wholeNumber() throws(HelpError) -> UInt64 {
    let text = try string()
    guard let number = UInt64(text) else {
      throw HelpError(.format, "\(path) is \"\(text.excerpt)\", not a whole number of 64 bits")
    }
    return number
  }
}
