import HelpBase

/// A layer of a described network, whose sizes follow from the genes.
struct Layer {
  /// Largest size, and largest cost of a layer: sums over all layers are exact to a part in 1e15.
  static let maximum = 1e15

  /// Where it is described, for messages.
  let path: String
  let kind: LayerKind
  let sizes: [Expression]
  /// For each of `ArchitectureCosts.names` what the description says; nil: what the kind gives.
  let given: [Expression?]
  /// All must hold, of living genes, for the layer to be there.
  let conditions: [Gene.Condition]

  /// The genes that its sizes, costs and conditions read, ascending.
  var read: [Int] {
    let expressions = sizes + given.compactMap { $0 }
    return Set(expressions.flatMap { $0.genes } + conditions.map { $0.gene }).sorted()
  }

  /// Whether all conditions hold, of genes that are alive.
  func isThere(_ choices: UnsafeBufferPointer<Int>, _ genes: GeneList) -> Bool {
    conditions.allSatisfy { condition in
      let choice = choices[condition.gene]
      return choice >= 0 && condition.values.contains(genes[condition.gene].choices[choice])
    }
  }

  /// Its costs where it is there, or upper bounds of them: what `bounds` says of an expression
  /// decides. Throws where a size or a cost is outside what it may be.
  func costs(_ bounds: (Expression) -> Bounds?) throws(HelpError) -> ArchitectureCosts {
    var upper: [Double] = []
    for (size, expression) in zip(kind.sizes, sizes) {
      let bounds = try checked(bounds(expression), size.name, size.range)
      upper.append(size.range == .divisor ? bounds.lower : bounds.upper)
    }
    var numbers = kind.costs(upper).numbers
    for (place, name) in ArchitectureCosts.names.enumerated() {
      let cost = given[place].map(bounds) ?? Bounds(numbers[place])
      numbers[place] = try checked(cost, name, nil).upper
    }
    return ArchitectureCosts(numbers)
  }

  /// - range: of a size; nil for a cost.
  private func checked(
    _ bounds: Bounds?, _ name: String, _ range: LayerKind.Size.Range?
  ) throws(HelpError) -> Bounds {
    guard let bounds else {
      throw HelpError(.format, "\(path).\(name) divides by 0 or is too large")
    }
    if range == .flag {
      guard bounds.lower >= 0, bounds.upper <= 1, isWhole(bounds) else {
        throw HelpError(.format, "\(path).\(name) is \(bounds.text), not 0 or 1")
      }
      return bounds
    }
    let isLow = range == nil ? bounds.lower < 0 : bounds.lower <= 0
    guard !isLow, bounds.upper <= Self.maximum else {
      let allowed = range == nil ? "0" : "above 0"
      throw HelpError(
        .format, "\(path).\(name) is \(bounds.text), not \(allowed) to \(Self.maximum.brief)")
    }
    return bounds
  }

  private func isWhole(_ bounds: Bounds) -> Bool {
    bounds.lower.rounded() == bounds.lower && bounds.upper.rounded() == bounds.upper
  }
}

extension Bounds {
  /// "3", or "-1 to 3".
  fileprivate var text: String {
    lower == upper ? lower.brief : "\(lower.brief) to \(upper.brief)"
  }
}
