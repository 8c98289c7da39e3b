/// A number that follows from an architecture's genes, as instructions for a stack in which the
/// sizes that the text names are written out.
///
/// It is computed on ranges: with one choice for each gene they are numbers, with several they
/// are bounds that hold for every combination.
struct Expression: Sendable, Equatable {
  enum Instruction: Sendable, Equatable {
    case number(Double)
    /// A number for each choice of a gene; 0 while the gene is dead.
    case choice(gene: Int, numbers: [Double])
    case apply(Operation)
  }

  enum Operation: Sendable, Equatable {
    case add, subtract, multiply, divide, minimum, maximum
    case roundUp, roundDown, negate
  }

  /// Most instructions, those of the sizes it names included.
  static let maximumInstructions = 1_000

  let instructions: [Instruction]

  init(_ instructions: [Instruction]) { self.instructions = instructions }

  init(_ number: Double) { self.init([.number(number)]) }

  /// The genes that it reads.
  var genes: [Int] {
    instructions.compactMap { instruction in
      if case .choice(let gene, _) = instruction { gene } else { nil }
    }
  }

  /// Its bounds where `numbers` bounds what a gene contributes; nil where that may divide by 0 or
  /// exceed every number.
  func bounds(_ numbers: (_ gene: Int, _ numbers: [Double]) -> Bounds) -> Bounds? {
    var stack: [Bounds] = []
    for instruction in instructions {
      switch instruction {
      case .number(let number): stack.append(Bounds(number))
      case .choice(let gene, let table): stack.append(numbers(gene, table))
      case .apply(let operation):
        guard let result = operation.result(&stack), result.isFinite else { return nil }
        stack.append(result)
      }
    }
    return stack.last
  }
}

/// The least and the greatest that a number can be.
struct Bounds: Equatable {
  let lower, upper: Double

  init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  init(_ number: Double) { self.init(lower: number, upper: number) }

  /// Of all the numbers; they are at least one.
  init(of numbers: Double...) {
    self.init(lower: numbers.min() ?? .nan, upper: numbers.max() ?? .nan)
  }

  var isFinite: Bool { lower.isFinite && upper.isFinite }
}

extension Expression.Operation {
  /// Takes the operands from the stack; nil for a division by what may be 0.
  fileprivate func result(_ stack: inout [Bounds]) -> Bounds? {
    guard let last = stack.popLast() else { return nil }
    switch self {
    case .roundUp: return last.mapped { $0.rounded(.up) }
    case .roundDown: return last.mapped { $0.rounded(.down) }
    case .negate: return Bounds(lower: -last.upper, upper: -last.lower)
    default: return stack.popLast().flatMap { result($0, last) }
    }
  }

  private func result(_ one: Bounds, _ other: Bounds) -> Bounds? {
    switch self {
    case .add: return Bounds(lower: one.lower + other.lower, upper: one.upper + other.upper)
    case .subtract: return Bounds(lower: one.lower - other.upper, upper: one.upper - other.lower)
    case .multiply: return one.combined(other, *)
    case .divide:
      return other.lower > 0 || other.upper < 0 ? one.combined(other, /) : nil
    case .minimum:
      return Bounds(lower: min(one.lower, other.lower), upper: min(one.upper, other.upper))
    case .maximum:
      return Bounds(lower: max(one.lower, other.lower), upper: max(one.upper, other.upper))
    case .roundUp, .roundDown, .negate: return nil
    }
  }
}

extension Bounds {
  /// By a function that never falls.
  fileprivate func mapped(_ function: (Double) -> Double) -> Bounds {
    Bounds(lower: function(lower), upper: function(upper))
  }

  /// By an operation whose extremes are at the ends of both.
  fileprivate func combined(
    _ other: Bounds, _ operation: (Double, Double) -> Double
  ) -> Bounds {
    Bounds(
      of: operation(lower, other.lower), operation(lower, other.upper),
      operation(upper, other.lower), operation(upper, other.upper))
  }
}
