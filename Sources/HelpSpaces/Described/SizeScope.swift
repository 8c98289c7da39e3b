import HelpBase
import HelpJSON

/// The names that an expression may use: genes, and sizes that the description names.
struct SizeScope {
  /// Most named sizes that wait for one another.
  static let maximumDepth = 64
  /// Most names in one object of sizes.
  static let maximumSizes = 1_024
  /// Most instructions of all expressions of a description.
  static let maximumInstructions = 2_000_000

  private let genes: [Gene]
  private let places: [String: Int]
  /// The choices of each gene as numbers.
  private let numbers: [[Double]]
  /// Instructions read so far, those of scopes inside this one included.
  private(set) var instructionCount = 0
  private var sizes: [String: Expression] = [:]
  /// Sizes that are not read yet.
  private var waiting: [String: JSONReader] = [:]
  /// Sizes whose expressions are being read, each named by the one before it.
  private var open: [String] = []

  init(genes: [Gene], places: [String: Int]) {
    self.genes = genes
    self.places = places
    numbers = genes.map { $0.choices.map(Double.init) }
  }

  /// Counts what was read in a scope inside this one.
  mutating func leave(_ inner: SizeScope) { instructionCount = inner.instructionCount }

  /// Adds what "sizes" of an object names, in any order.
  mutating func add(_ reader: JSONReader) throws(HelpError) {
    guard reader.value["sizes"] != nil else { return }
    let members = try reader.member("sizes").members()
    guard members.count <= Self.maximumSizes else {
      throw HelpError(
        .format,
        "\(reader.path).sizes has \(members.count) sizes, not 0...\(Self.maximumSizes)")
    }
    for (name, size) in members {
      guard ExpressionParser.isName(name) else {
        throw HelpError(
          .format,
          "\(size.path): a size's name is letters, digits, _ . [ ] after a letter or _, and not "
            + "ceil, floor, min or max")
      }
      guard places[name] == nil, sizes[name] == nil, waiting[name] == nil else {
        throw HelpError(.format, "\(size.path) has the name of a gene or of another size")
      }
      waiting[name] = size
    }
    for (name, size) in members where try self.size(named: name) == nil {
      throw HelpError(.internal, "\(size.path) was lost")
    }
  }

  /// A number; the text of an expression; or a number for each choice of a gene,
  /// `{"of": "op", "values": [3, 5]}`.
  mutating func expression(_ reader: JSONReader) throws(HelpError) -> Expression {
    let expression =
      switch reader.value {
      case .string(let text): try written(text, at: reader.path)
      case .object: try lookup(reader)
      default: Expression(try reader.entry())
      }
    try count(expression.instructions.count, reader)
    return expression
  }

  private mutating func count(_ parts: Int, _ reader: JSONReader) throws(HelpError) {
    instructionCount += parts
    guard instructionCount <= Self.maximumInstructions else {
      throw HelpError(
        .format,
        "\(reader.path): the expressions of the space have more than "
          + "\(Self.maximumInstructions) numbers, names and operations")
    }
  }

  private mutating func written(_ text: String, at path: String) throws(HelpError) -> Expression {
    var instructions: [Expression.Instruction] = []
    for part in try ExpressionParser.parts(of: text, at: path) {
      switch part {
      case .number(let number): instructions.append(.number(number))
      case .apply(let operation): instructions.append(.apply(operation))
      case .name(let name): instructions += try named(name, at: path).instructions
      }
      guard instructions.count <= Expression.maximumInstructions else {
        throw HelpError(
          .format,
          "\(path), with the sizes it names written out, has more than "
            + "\(Expression.maximumInstructions) numbers, names and operations")
      }
    }
    return Expression(instructions)
  }

  private mutating func named(_ name: String, at path: String) throws(HelpError) -> Expression {
    if let size = try size(named: name) { return size }
    guard let place = places[name] else {
      throw HelpError(
        .format, "\(path) names \"\(name.excerpt)\", which is no gene and no size of the space")
    }
    let gene = genes[place]
    guard gene.labels == nil else {
      throw HelpError(
        .format,
        "\(path) computes with \"\(name)\", whose choices are labels; give their numbers by a size "
          + "{\"of\": \"\(name)\", \"values\": [...]}")
    }
    return Expression([.choice(gene: place, numbers: numbers[place])])
  }

  private mutating func size(named name: String) throws(HelpError) -> Expression? {
    if let size = sizes[name] { return size }
    guard let reader = waiting[name] else { return nil }
    guard !open.contains(name), open.count < Self.maximumDepth else {
      let chain = (open + [name]).joined(separator: ", ").excerpt
      let complaint =
        open.contains(name)
        ? "sizes are defined in a circle" : "more than \(Self.maximumDepth) sizes wait for another"
      throw HelpError(.format, "\(reader.path): \(complaint): \(chain)")
    }
    open.append(name)
    defer { open.removeLast() }
    let size = try expression(reader)
    waiting[name] = nil
    sizes[name] = size
    return size
  }

  /// "of" is a gene, or an index that has been written out: the place in "values".
  private mutating func lookup(_ reader: JSONReader) throws(HelpError) -> Expression {
    try reader.onlyKeys(["of", "values"])
    let name = try reader.string("of")
    let values = try reader.member("values")
    if places[name] == nil, let index = Int(name) {
      let elements = try values.elements()
      try count(elements.count, reader)
      guard elements.indices.contains(index) else {
        throw HelpError(
          .format, "\(reader.path).of is \(index), but values has \(elements.count) numbers")
      }
      return Expression(try elements[index].entry())
    }
    let place = try reader.member("of").place(in: places)
    return Expression([
      .choice(gene: place, numbers: try values.numbers(forChoicesOf: genes[place]))
    ])
  }
}
