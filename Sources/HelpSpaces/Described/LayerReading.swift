import HelpBase
import HelpJSON

/// Layers out of a space's description, with groups written out.
struct LayerReading {
  /// Most layers, those of all rounds of a group counted.
  static let maximumLayers = 4_096

  /// What an entry takes from the groups around it.
  private struct Surroundings {
    var scope: SizeScope
    var conditions: [Gene.Condition] = []
    var depth = 0
  }

  private let genes: [Gene]
  private let places: [String: Int]
  private var layers: [Layer] = []

  /// - scope: the genes and the sizes that all layers know.
  static func layers(
    _ reader: JSONReader, _ genes: [Gene], _ scope: inout SizeScope
  ) throws(HelpError) -> [Layer] {
    var reading = LayerReading(genes: genes, places: try GeneReading.places(of: genes))
    var surroundings = Surroundings(scope: scope)
    let entries = try reader.elements()
    guard !entries.isEmpty else { throw HelpError(.format, "\(reader.path) is empty") }
    for entry in entries { try reading.add(entry, &surroundings) }
    scope.leave(surroundings.scope)
    return reading.layers
  }

  private init(genes: [Gene], places: [String: Int]) {
    self.genes = genes
    self.places = places
  }

  private mutating func add(
    _ entry: JSONReader, _ around: inout Surroundings
  ) throws(HelpError) {
    guard entry.value["layers"] != nil else { return try addLayer(entry, &around) }
    let group = try Repetition(
      entry, contents: "layers", keys: ["alive_if", "sizes"], depth: around.depth)
    for number in 0..<group.count {
      let round = group.round(number)
      var inner = around
      inner.depth += 1
      try inner.scope.add(round)
      inner.conditions += try GeneReading.conditions(round, genes, places)
      for entry in try round.array("layers") { try add(entry, &inner) }
      around.scope.leave(inner.scope)
    }
  }

  private mutating func addLayer(
    _ reader: JSONReader, _ around: inout Surroundings
  ) throws(HelpError) {
    let kind = try Self.kind(reader)
    try reader.onlyKeys(
      ["kind", "alive_if"] + kind.keys + ArchitectureCosts.names)
    var sizes: [Expression] = []
    for size in kind.sizes { sizes.append(try around.scope.size(size, of: kind, reader)) }
    var given: [Expression?] = []
    for name in ArchitectureCosts.names {
      given.append(
        reader.value[name] == nil ? nil : try around.scope.expression(reader.member(name)))
    }
    layers.append(
      Layer(
        path: reader.path, kind: kind, sizes: sizes, given: given,
        conditions: try around.conditions + GeneReading.conditions(reader, genes, places)))
    guard layers.count <= Self.maximumLayers else {
      throw HelpError(.format, "space.layers has more than \(Self.maximumLayers) layers")
    }
  }

  private static func kind(_ reader: JSONReader) throws(HelpError) -> LayerKind {
    let name = try reader.string("kind")
    if let kind = LayerKind.named(name) { return kind }
    let names = LayerKind.all.map { $0.name }.joined(separator: ", ")
    throw HelpError(.format, "\(reader.path).kind is \"\(name.excerpt)\", not one of \(names)")
  }
}

extension LayerKind {
  /// The keys that give its sizes.
  fileprivate var keys: [String] {
    var keys: [String] = []
    for size in sizes {
      if case .key(let other) = size.fallback, !keys.contains(other) { keys.append(other) }
      if !keys.contains(size.name) { keys.append(size.name) }
    }
    return keys
  }
}

extension SizeScope {
  /// A size that a layer gives, or what takes its place.
  fileprivate mutating func size(
    _ size: LayerKind.Size, of kind: LayerKind, _ layer: JSONReader
  ) throws(HelpError) -> Expression {
    if layer.value[size.name] != nil {
      let reader = try layer.member(size.name)
      if size.range == .flag, case .bool(let isOn) = reader.value {
        return Expression(isOn ? 1 : 0)
      }
      return try expression(reader)
    }
    switch size.fallback {
    case .number(let number): return Expression(number)
    case .key(let key):
      if let other = kind.sizes.first(where: { $0.name == key }) {
        return try self.size(other, of: kind, layer)
      }
      if layer.value[key] != nil { return try expression(layer.member(key)) }
      throw HelpError(.format, "\(layer.path) has no \"\(size.name)\" and no \"\(key)\"")
    case .none: throw HelpError(.format, "\(layer.path) has no \"\(size.name)\"")
    }
  }
}
